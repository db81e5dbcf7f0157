"""Every changed row of business leaves a hash of itself, and the entry of the act names them all (业务数据的印记)."""

from django.db import migrations, models

IMPRINT = r"""
CREATE FUNCTION audit_imprint() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
-- Argument: the columns that do not count.  The imprints of one act are a batch, which its entry closes.
DECLARE
    v_batch bigint := coalesce(nullif(current_setting('audit.batch', true), '')::bigint, nextval('audit_imprint_id_seq'));
    v_without text[] := TG_ARGV[0]::text[];
    v_rows bigint;
BEGIN
    CASE TG_OP
    WHEN 'INSERT' THEN
        INSERT INTO audit_imprint (batch, of_table, of_row, digest)
            SELECT v_batch, TG_TABLE_NAME, n.id, encode(sha256(convert_to((to_jsonb(n) - v_without)::text, 'UTF8')), 'hex')
            FROM new_rows n ORDER BY n.id;
    WHEN 'UPDATE' THEN
        INSERT INTO audit_imprint (batch, of_table, of_row, digest)
            SELECT v_batch, TG_TABLE_NAME, id,
                coalesce(encode(sha256(convert_to(n.image::text, 'UTF8')), 'hex'), '')
            FROM (SELECT o.id, to_jsonb(o) - v_without AS image FROM old_rows o) o
            FULL JOIN (SELECT n.id, to_jsonb(n) - v_without AS image FROM new_rows n) n USING (id)
            WHERE n.image IS DISTINCT FROM o.image ORDER BY id;
    WHEN 'DELETE' THEN
        INSERT INTO audit_imprint (batch, of_table, of_row, digest)
            SELECT v_batch, TG_TABLE_NAME, o.id, '' FROM old_rows o ORDER BY o.id;
    END CASE;
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    IF v_rows > 0 THEN
        PERFORM set_config('audit.batch', v_batch::text, true);
    END IF;
    RETURN NULL;
END
$$;
CREATE FUNCTION audit_leave_imprints(p_table text, p_columns text[]) RETURNS void
LANGUAGE plpgsql SET timezone = 'UTC' AS $$
-- Changed rows of the table leave imprints of these columns from now on, and those that stand there do at once.
DECLARE
    v_there text[] := ARRAY(SELECT column_name FROM information_schema.columns
        WHERE table_schema = 'public' AND table_name = p_table ORDER BY column_name);
    v_without text[] := ARRAY(SELECT unnest(v_there) EXCEPT SELECT unnest(p_columns) ORDER BY 1);
    v_event record;
    v_batch bigint := coalesce(nullif(current_setting('audit.batch', true), '')::bigint, nextval('audit_imprint_id_seq'));
    v_rows bigint;
BEGIN
    IF NOT v_there @> p_columns THEN
        RAISE EXCEPTION 'audit_leave_imprints: % has no column of that name', p_table USING ERRCODE = 'undefined_column';
    END IF;
    FOR v_event IN VALUES ('insert', 'NEW TABLE AS new_rows'), ('delete', 'OLD TABLE AS old_rows'),
        ('update', 'OLD TABLE AS old_rows NEW TABLE AS new_rows') LOOP
        EXECUTE format('DROP TRIGGER IF EXISTS %I ON %I', p_table || '_imprint_' || v_event.column1, p_table);
        EXECUTE format('CREATE TRIGGER %I AFTER %s ON %I REFERENCING %s FOR EACH STATEMENT EXECUTE FUNCTION audit_imprint(%L)',
            p_table || '_imprint_' || v_event.column1, v_event.column1, p_table, v_event.column2, v_without);
        EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER %I', p_table, p_table || '_imprint_' || v_event.column1);
    END LOOP;
    EXECUTE format('INSERT INTO audit_imprint (batch, of_table, of_row, digest)
        SELECT $1, $2, id, encode(sha256(convert_to(image::text, ''UTF8'')), ''hex'')
        FROM (SELECT t.id, to_jsonb(t) - $3 AS image FROM %I t) t ORDER BY id', p_table)
        USING v_batch, p_table, v_without;
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    IF v_rows > 0 THEN
        PERFORM set_config('audit.batch', v_batch::text, true);
    END IF;
END
$$;
"""

APPEND = r"""
DROP FUNCTION audit_append(text, text, text, text);
CREATE FUNCTION audit_append(
    p_stream text, p_head text, p_middle text, p_req text, p_tail text,
    OUT entry_id bigint, OUT seq bigint, OUT leaf text
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
-- Canonical JSON in pieces: up to the place of "rows" in "data", from there to "object", the value of "req", from
-- "state" on.  The database adds what nobody else may say: the imprints, prev, recorded_at and seq.
DECLARE
    v_batch bigint := nullif(current_setting('audit.batch', true), '')::bigint;
    v_head record;
    v_prev text;
    v_recorded_at timestamptz;
    v_body text := p_head;
    v_entry jsonb;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('audit ' || p_stream, 0));
    -- A statement of its own after the lock: under READ COMMITTED only then does it see the entry of who held the lock.
    SELECT e.seq, e.leaf, e.recorded_at INTO v_head
        FROM audit_entry e WHERE e.stream = p_stream ORDER BY e.seq DESC LIMIT 1;
    IF FOUND THEN
        seq := v_head.seq + 1;
        v_prev := v_head.leaf;
    ELSE
        seq := 0;
        v_prev := encode(sha256(convert_to('cadre-v1-genesis', 'UTF8') || '\x00'::bytea || convert_to(p_stream, 'UTF8')), 'hex');
    END IF;
    v_recorded_at := greatest(clock_timestamp(), v_head.recorded_at);
    IF v_batch IS NOT NULL THEN
        v_body := v_body || CASE WHEN right(v_body, 1) = '{' THEN '' ELSE ',' END || '"rows":{"batch":' || v_batch || ',"sha256":"'
            || (SELECT encode(sha256(convert_to(
                    string_agg(concat_ws(' ', i.id, i.of_table, i.of_row, i.digest), E'\n' ORDER BY i.id), 'UTF8')), 'hex')
                FROM audit_imprint i WHERE i.batch = v_batch)
            || '"}';
        PERFORM set_config('audit.batch', '', true);
    END IF;
    v_body := v_body || CASE WHEN right(v_body, 1) = '{' OR left(p_middle, 1) = '}' THEN '' ELSE ',' END || p_middle
        || ',"prev":"' || v_prev
        || '","recorded_at":"' || to_char(v_recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
        || '","req":' || p_req
        || ',"seq":' || seq
        || ',' || p_tail;
    IF ARRAY(SELECT json_object_keys(v_body::json)) <> ARRAY['action', 'actor', 'at', 'basis', 'case', 'data', 'files',
        'object', 'prev', 'recorded_at', 'req', 'seq', 'state', 'stream', 'v'] THEN
        RAISE EXCEPTION 'audit_append: not the keys of an entry' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    v_entry := v_body::jsonb;
    IF v_entry->>'stream' IS DISTINCT FROM p_stream THEN
        RAISE EXCEPTION 'audit_append: the entry belongs to %, not to %', v_entry->>'stream', p_stream
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF (v_entry #>> '{data,rows,batch}')::bigint IS DISTINCT FROM v_batch THEN
        RAISE EXCEPTION 'audit_append: only the database says which rows were changed'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    leaf := encode(sha256('\x00'::bytea || convert_to(v_body, 'UTF8')), 'hex');
    INSERT INTO audit_entry (
        stream, seq, recorded_at, leaf, body, at, action, actor_id, actor_name,
        case_name, object_type, object_id, req, txid, batch
    ) VALUES (
        p_stream, seq, v_recorded_at, leaf, v_body, (v_entry->>'at')::timestamptz, v_entry->>'action',
        v_entry->'actor'->>'id', v_entry->'actor'->>'name', v_entry->>'case', v_entry->'object'->>0,
        v_entry->'object'->>1, v_entry->>'req', pg_current_xact_id()::text::bigint, v_batch
    ) RETURNING id INTO entry_id;
END
$$;
"""

ENTERED = r"""
CREATE OR REPLACE FUNCTION audit_cover() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
-- Arguments: stream, column, via, ignored columns.  Runs at commit, when this transaction still holds the lock of every
-- stream it appended to: its entry, if there is one, is the last of the stream.
DECLARE
    v_old jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END;
    v_new jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END;
    v_streams text[] := '{}';
    v_stream text;
    v_covered boolean;
BEGIN
    IF TG_OP = 'UPDATE' AND TG_ARGV[3] <> ''
        AND v_old - string_to_array(TG_ARGV[3], ',') = v_new - string_to_array(TG_ARGV[3], ',') THEN
        RETURN NULL;
    END IF;
    IF v_old IS NOT NULL THEN
        v_streams := v_streams || audit_stream_of(v_old, TG_ARGV[0], TG_ARGV[1], TG_ARGV[2]);
    END IF;
    IF v_new IS NOT NULL THEN
        v_streams := v_streams || audit_stream_of(v_new, TG_ARGV[0], TG_ARGV[1], TG_ARGV[2]);
    END IF;
    v_streams := ARRAY(SELECT DISTINCT s FROM unnest(v_streams) s WHERE s IS NOT NULL);
    IF v_streams = '{}' THEN
        RAISE EXCEPTION '% of % refused: the row belongs to no stream (% is empty)', TG_OP, TG_TABLE_NAME, TG_ARGV[1]
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    FOREACH v_stream IN ARRAY v_streams LOOP
        SELECT e.txid = pg_current_xact_id()::text::bigint AND e.recorded_at >= transaction_timestamp() INTO v_covered
            FROM audit_entry e WHERE e.stream = v_stream ORDER BY e.seq DESC LIMIT 1;
        IF v_covered IS NOT TRUE THEN
            RAISE EXCEPTION '% of % refused: no entry of % in this transaction', TG_OP, TG_TABLE_NAME, v_stream
                USING ERRCODE = 'integrity_constraint_violation', HINT = 'Change the row through an act.';
        END IF;
    END LOOP;
    IF current_setting('audit.batch', true) <> '' THEN
        RAISE EXCEPTION '% of % refused: changed after the entry that tells of it', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation', HINT = 'An act appends its entry last.';
    END IF;
    RETURN NULL;
END
$$;
"""

APPEND_ONLY = """
CREATE TRIGGER audit_imprint_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_imprint
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
ALTER TABLE audit_imprint ENABLE ALWAYS TRIGGER audit_imprint_append_only;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0008_destroyed_texts")]

    operations = [
        migrations.CreateModel(
            name="Imprint",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("batch", models.BigIntegerField()),
                ("of_table", models.CharField(max_length=63)),
                ("of_row", models.BigIntegerField()),
                ("digest", models.CharField(max_length=64)),
            ],
            options={
                "verbose_name": "imprint of a row",
                "verbose_name_plural": "imprints of rows",
                "indexes": [
                    models.Index(fields=["batch"], name="imprints_of_a_batch"),
                    models.Index(fields=["of_table", "of_row", "-id"], name="imprints_of_a_row"),
                ],
            },
        ),
        migrations.AddField("entry", "batch", models.BigIntegerField(null=True)),
        migrations.AddConstraint(
            "entry",
            models.UniqueConstraint(
                fields=["batch"], condition=models.Q(batch__isnull=False), name="one_entry_per_batch_of_imprints"
            ),
        ),
        migrations.RunSQL(APPEND_ONLY, migrations.RunSQL.noop),  # the trigger goes with its table
        migrations.RunSQL(IMPRINT, "DROP FUNCTION audit_leave_imprints(text, text[]); DROP FUNCTION audit_imprint();"),
        migrations.RunSQL(APPEND, migrations.RunSQL.noop),
        migrations.RunSQL(ENTERED, migrations.RunSQL.noop),
    ]
