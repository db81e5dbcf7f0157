"""One hash for the whole record, chosen before its first entry: SHA-256, or SM3 (纪实的哈希算法)."""

from django.db import migrations

SM3 = r"""
CREATE OR REPLACE FUNCTION audit_sm3(p_message bytea) RETURNS bytea LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
-- GB/T 32905; words of 32 bits in 64, since PostgreSQL itself has no SM3 without an extension.  All operators of bits
-- bind alike, hence the brackets.
DECLARE
    c_mask CONSTANT bigint := 4294967295;
    v_bits CONSTANT bigint := 8 * length(p_message)::bigint;
    v_padded bytea := p_message || '\x80'::bytea;
    v bigint[] := ARRAY[1937774191, 1226093241, 388252375, 3666478592, 2842636476, 372324522, 3817729613, 2969243214];
    w bigint[];
    a bigint; b bigint; c bigint; d bigint; e bigint; f bigint; g bigint; h bigint;
    x bigint; t bigint; s1 bigint; s2 bigint; t1 bigint; t2 bigint;
BEGIN
    v_padded := v_padded || decode(repeat('00', (120 - length(v_padded) % 64) % 64), 'hex') || int8send(v_bits);
    FOR v_block IN 0 .. length(v_padded) / 64 - 1 LOOP
        w := '{}';
        FOR j IN 1 .. 16 LOOP
            x := v_block * 64 + j * 4;
            w[j] := (get_byte(v_padded, x::int - 4)::bigint << 24) | (get_byte(v_padded, x::int - 3) << 16)
                | (get_byte(v_padded, x::int - 2) << 8) | get_byte(v_padded, x::int - 1);
        END LOOP;
        FOR j IN 17 .. 68 LOOP
            x := w[j - 3];
            x := w[j - 16] # w[j - 9] # (((x << 15) | (x >> 17)) & c_mask);
            x := x # (((x << 15) | (x >> 17)) & c_mask) # (((x << 23) | (x >> 9)) & c_mask);
            t := w[j - 13];
            w[j] := x # (((t << 7) | (t >> 25)) & c_mask) # w[j - 6];
        END LOOP;
        a := v[1]; b := v[2]; c := v[3]; d := v[4]; e := v[5]; f := v[6]; g := v[7]; h := v[8];
        t := 2043430169;
        FOR j IN 1 .. 64 LOOP
            IF j = 17 THEN
                t := 2643098247;  -- the second constant, turned by sixteen
            END IF;
            s2 := ((a << 12) | (a >> 20)) & c_mask;
            s1 := (s2 + e + t) & c_mask;
            s1 := ((s1 << 7) | (s1 >> 25)) & c_mask;
            s2 := s1 # s2;
            IF j <= 16 THEN
                t1 := (a # b # c) + d + s2 + (w[j] # w[j + 4]);
                t2 := (e # f # g) + h + s1 + w[j];
            ELSE
                t1 := ((a & b) | (a & c) | (b & c)) + d + s2 + (w[j] # w[j + 4]);
                t2 := ((e & f) | ((c_mask # e) & g)) + h + s1 + w[j];
            END IF;
            d := c; c := ((b << 9) | (b >> 23)) & c_mask; b := a; a := t1 & c_mask;
            h := g; g := ((f << 19) | (f >> 13)) & c_mask; f := e; t2 := t2 & c_mask;
            e := t2 # (((t2 << 9) | (t2 >> 23)) & c_mask) # (((t2 << 17) | (t2 >> 15)) & c_mask);
            t := ((t << 1) | (t >> 31)) & c_mask;
        END LOOP;
        v := ARRAY[v[1] # a, v[2] # b, v[3] # c, v[4] # d, v[5] # e, v[6] # f, v[7] # g, v[8] # h];
    END LOOP;
    RETURN (SELECT string_agg(substr(int8send(word), 5), ''::bytea ORDER BY place)
        FROM unnest(v) WITH ORDINALITY AS words (word, place));
END
$$;
"""

#: ``audit.hash`` comes with every connection of the site (``RECORD_HASH``); where nothing is said it is SHA-256.
CHOSEN = r"""
CREATE OR REPLACE FUNCTION audit_hash_wanted() RETURNS text LANGUAGE sql STABLE
    RETURN coalesce(nullif(current_setting('audit.hash', true), ''), 'sha256');
DO $do$
BEGIN
    IF audit_hash_wanted() NOT IN ('sha256', 'sm3') THEN
        RAISE EXCEPTION 'RECORD_HASH: % is not a hash of the record', audit_hash_wanted();
    END IF;
    IF audit_hash_wanted() <> 'sha256' AND EXISTS (SELECT FROM audit_entry) THEN
        RAISE EXCEPTION 'RECORD_HASH: the record has begun with SHA-256 and stays with it';
    END IF;
    EXECUTE format('CREATE OR REPLACE FUNCTION audit_hash_name() RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN %L::text',
        audit_hash_wanted());
    EXECUTE format('CREATE OR REPLACE FUNCTION audit_hash(bytea) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN %s($1)',
        CASE audit_hash_wanted() WHEN 'sm3' THEN 'audit_sm3' ELSE 'sha256' END);
END
$do$;
"""

IMPRINT = r"""
CREATE OR REPLACE FUNCTION audit_imprint() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
-- Argument: the columns that do not count.  The imprints of one act are a batch, which its entry closes.
DECLARE
    v_batch bigint := coalesce(nullif(current_setting('audit.batch', true), '')::bigint, nextval('audit_imprint_id_seq'));
    v_without text[] := TG_ARGV[0]::text[];
    v_rows bigint;
    v_set text;
BEGIN
    CASE TG_OP
    WHEN 'INSERT' THEN
        INSERT INTO audit_imprint (batch, of_table, of_row, digest)
            SELECT v_batch, TG_TABLE_NAME, n.id,
                encode(audit_hash(convert_to((to_jsonb(n) - v_without)::text, 'UTF8')), 'hex')
            FROM new_rows n ORDER BY n.id;
    WHEN 'UPDATE' THEN
        INSERT INTO audit_imprint (batch, of_table, of_row, digest)
            SELECT v_batch, TG_TABLE_NAME, id,
                coalesce(encode(audit_hash(convert_to(n.image::text, 'UTF8')), 'hex'), '')
            FROM (SELECT o.id, to_jsonb(o) - v_without AS image FROM old_rows o) o
            FULL JOIN (SELECT n.id, to_jsonb(n) - v_without AS image FROM new_rows n) n USING (id)
            WHERE n.image IS DISTINCT FROM o.image ORDER BY id;
    WHEN 'DELETE' THEN
        INSERT INTO audit_imprint (batch, of_table, of_row, digest)
            SELECT v_batch, TG_TABLE_NAME, o.id, '' FROM old_rows o ORDER BY o.id;
    END CASE;
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    IF v_rows > 0 THEN
        v_set := set_config('audit.batch', v_batch::text, true);
    END IF;
    RETURN NULL;
END
$$;
CREATE OR REPLACE FUNCTION audit_leave_imprints(p_table text, p_columns text[]) RETURNS void
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
        SELECT $1, $2, id, encode(audit_hash(convert_to(image::text, ''UTF8'')), ''hex'')
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
CREATE OR REPLACE FUNCTION audit_append(
    p_stream text, p_head text, p_middle text, p_req text, p_tail text,
    OUT entry_id bigint, OUT seq bigint, OUT leaf text
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
-- Canonical JSON in pieces: up to the place of "rows" in "data", from there to "object", the value of "req", from
-- "state" on.  The database adds what nobody else may say: the imprints, prev, recorded_at and seq.
DECLARE
    c_keys CONSTANT text[] := '{action,actor,at,basis,case,data,files,object,prev,recorded_at,req,seq,state,stream,v}';
    -- Before the entry has its number: whoever sees that this transaction has ended knows that the number is used.
    v_txid bigint := pg_current_xact_id()::text::bigint;
    v_batch bigint := nullif(current_setting('audit.batch', true), '')::bigint;
    v_head record;
    v_prev text;
    v_recorded_at timestamptz;
    v_body text := p_head;
    v_rows text;
    v_entry jsonb;
    v_done text;
BEGIN
    IF audit_hash_wanted() <> audit_hash_name() THEN
        RAISE EXCEPTION 'audit_append: this record is hashed by %, RECORD_HASH says %', audit_hash_name(), audit_hash_wanted()
            USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    v_done := pg_advisory_xact_lock(hashtextextended('audit ' || p_stream, 0))::text;
    -- A statement of its own after the lock: under READ COMMITTED only then does it see the entry of who held the lock.
    SELECT e.seq, e.leaf, e.recorded_at INTO v_head
        FROM audit_entry e WHERE e.stream = p_stream ORDER BY e.seq DESC LIMIT 1;
    IF FOUND THEN
        seq := v_head.seq + 1;
        v_prev := v_head.leaf;
    ELSE
        seq := 0;
        v_prev := encode(audit_hash(convert_to('cadre-v1-genesis', 'UTF8') || '\x00'::bytea || convert_to(p_stream, 'UTF8')), 'hex');
    END IF;
    v_recorded_at := greatest(clock_timestamp(), v_head.recorded_at);
    IF v_batch IS NOT NULL THEN
        SELECT string_agg(concat_ws(' ', i.id, i.of_table, i.of_row, i.digest), E'\n' ORDER BY i.id) INTO v_rows
            FROM audit_imprint i WHERE i.batch = v_batch;
        v_body := v_body || CASE WHEN right(v_body, 1) = '{' THEN '' ELSE ',' END || '"rows":{"batch":' || v_batch
            || ',"' || audit_hash_name() || '":"' || encode(audit_hash(convert_to(v_rows, 'UTF8')), 'hex') || '"}';
        v_done := set_config('audit.batch', '', true);
    END IF;
    v_body := v_body || CASE WHEN right(v_body, 1) = '{' OR left(p_middle, 1) = '}' THEN '' ELSE ',' END || p_middle
        || ',"prev":"' || v_prev
        || '","recorded_at":"' || to_char(v_recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
        || '","req":' || p_req
        || ',"seq":' || seq
        || ',' || p_tail;
    v_entry := v_body::jsonb;
    IF NOT v_body IS JSON OBJECT WITH UNIQUE KEYS OR NOT v_entry ?& c_keys OR v_entry - c_keys <> '{}' THEN
        RAISE EXCEPTION 'audit_append: not the keys of an entry' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF v_entry->>'stream' IS DISTINCT FROM p_stream THEN
        RAISE EXCEPTION 'audit_append: the entry belongs to %, not to %', v_entry->>'stream', p_stream
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF (v_entry #>> '{data,rows,batch}')::bigint IS DISTINCT FROM v_batch THEN
        RAISE EXCEPTION 'audit_append: only the database says which rows were changed'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    leaf := encode(audit_hash('\x00'::bytea || convert_to(v_body, 'UTF8')), 'hex');
    INSERT INTO audit_entry (
        stream, seq, recorded_at, leaf, body, at, action, actor_id, actor_name,
        case_name, object_type, object_id, req, txid, batch
    ) VALUES (
        p_stream, seq, v_recorded_at, leaf, v_body, (v_entry->>'at')::timestamptz, v_entry->>'action',
        v_entry->'actor'->>'id', v_entry->'actor'->>'name', v_entry->>'case', v_entry->'object'->>0,
        v_entry->'object'->>1, v_entry->>'req', v_txid, v_batch
    ) RETURNING id INTO entry_id;
END
$$;
"""

#: As before, with fewer statements inside: what stands for a row's stream is asked once where it has not moved.
COVER = r"""
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
        v_stream := audit_stream_of(v_new, TG_ARGV[0], TG_ARGV[1], TG_ARGV[2]);
        IF v_streams[1] IS DISTINCT FROM v_stream THEN
            v_streams := v_streams || v_stream;
        END IF;
    END IF;
    v_streams := array_remove(v_streams, NULL);
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


class Migration(migrations.Migration):
    dependencies = [("audit", "0009_imprints")]

    operations = [migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (SM3, CHOSEN, IMPRINT, APPEND, COVER)]
