"""The one way in and no way back: append function, append-only triggers, coverage (只增不改)."""

from django.db import migrations

APPEND = r"""
CREATE FUNCTION audit_append(
    p_stream text, p_before text, p_req text, p_after text,
    OUT entry_id bigint, OUT seq bigint, OUT leaf text
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
-- p_before, p_req and p_after are canonical JSON: the keys up to "object", the value of "req", the keys from "state" on.
-- The database adds what nobody else may say: prev, recorded_at and seq.
DECLARE
    v_head record;
    v_prev text;
    v_recorded_at timestamptz;
    v_body text;
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
    v_body := p_before
        || ',"prev":"' || v_prev
        || '","recorded_at":"' || to_char(v_recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
        || '","req":' || p_req
        || ',"seq":' || seq
        || ',' || p_after;
    IF ARRAY(SELECT json_object_keys(v_body::json)) <> ARRAY['action', 'actor', 'at', 'basis', 'case', 'data', 'files',
        'object', 'prev', 'recorded_at', 'req', 'seq', 'state', 'stream', 'v'] THEN
        RAISE EXCEPTION 'audit_append: not the keys of an entry' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    v_entry := v_body::jsonb;
    IF v_entry->>'stream' IS DISTINCT FROM p_stream THEN
        RAISE EXCEPTION 'audit_append: the entry belongs to %, not to %', v_entry->>'stream', p_stream
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    leaf := encode(sha256('\x00'::bytea || convert_to(v_body, 'UTF8')), 'hex');
    INSERT INTO audit_entry (
        stream, seq, recorded_at, leaf, body, at, action, actor_id, actor_name,
        case_name, object_type, object_id, req, txid
    ) VALUES (
        p_stream, seq, v_recorded_at, leaf, v_body, (v_entry->>'at')::timestamptz, v_entry->>'action',
        v_entry->'actor'->>'id', v_entry->'actor'->>'name', v_entry->>'case', v_entry->'object'->>0,
        v_entry->'object'->>1, v_entry->>'req', pg_current_xact_id()::text::bigint
    ) RETURNING id INTO entry_id;
END
$$;
"""

APPEND_ONLY = r"""
CREATE FUNCTION audit_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % refused: the record only grows', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER audit_entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
ALTER TABLE audit_entry ENABLE ALWAYS TRIGGER audit_entry_append_only;
CREATE TRIGGER audit_opening_unaltered BEFORE UPDATE OR TRUNCATE ON audit_opening
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
ALTER TABLE audit_opening ENABLE ALWAYS TRIGGER audit_opening_unaltered;
"""

COVER = r"""
CREATE FUNCTION audit_stream_of(p_row jsonb, p_stream text, p_column text, p_via text) RETURNS text LANGUAGE plpgsql AS $$
-- The stream that a row belongs to, or NULL where its column is empty or leads nowhere.
DECLARE
    v_number text := p_row->>p_column;
    v_step text;
BEGIN
    IF p_column = '' THEN
        RETURN p_stream;
    END IF;
    IF NOT p_row ? p_column THEN
        RAISE EXCEPTION 'audit_cover: there is no column %', p_column USING ERRCODE = 'undefined_column';
    END IF;
    FOREACH v_step IN ARRAY string_to_array(p_via, ',') LOOP
        EXECUTE format('SELECT %I::text FROM %I WHERE id = %L', split_part(v_step, '.', 2), split_part(v_step, '.', 1), v_number)
            INTO v_number;
    END LOOP;
    RETURN p_stream || v_number;
END
$$;
CREATE FUNCTION audit_cover() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
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
    RETURN NULL;
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [
        migrations.RunSQL(APPEND, "DROP FUNCTION audit_append(text, text, text, text)"),
        migrations.RunSQL(
            APPEND_ONLY,
            """
            DROP TRIGGER audit_opening_unaltered ON audit_opening;
            DROP TRIGGER audit_entry_append_only ON audit_entry;
            DROP FUNCTION audit_refuse_change();
            """,
        ),
        migrations.RunSQL(
            COVER,
            """
            DROP FUNCTION audit_cover();
            DROP FUNCTION audit_stream_of(jsonb, text, text, text);
            """,
        ),
    ]
