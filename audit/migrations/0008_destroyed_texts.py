"""Texts kept apart are destroyed by the entry that names them, and in no other way (销毁原文)."""

from django.db import migrations

DESTROYED = r"""
CREATE FUNCTION audit_destroy_texts() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
-- After an entry that destroys texts, each named as [stream, number, field]: those of its own matter, and all of them.
DECLARE
    v_named bigint;
    v_gone bigint;
BEGIN
    SELECT count(*) INTO v_named FROM jsonb_array_elements(NEW.body::jsonb #> '{data,facts,texts}');
    DELETE FROM audit_opening o
        USING audit_entry e, jsonb_array_elements(NEW.body::jsonb #> '{data,facts,texts}') t
        WHERE e.stream = t->>0 AND e.seq = (t->>1)::bigint AND o.field = t->>2 AND o.entry_id = e.id
            AND (e.stream = NEW.stream OR e.case_name = NEW.stream);
    GET DIAGNOSTICS v_gone = ROW_COUNT;
    IF v_gone <> v_named THEN
        RAISE EXCEPTION 'the entry names % texts, of which % are kept for %', v_named, v_gone, NEW.stream
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER audit_entry_destroys_texts AFTER INSERT ON audit_entry
    FOR EACH ROW WHEN (NEW.action = 'destroy_texts') EXECUTE FUNCTION audit_destroy_texts();
ALTER TABLE audit_entry ENABLE ALWAYS TRIGGER audit_entry_destroys_texts;
CREATE FUNCTION audit_refuse_unnamed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
-- Whoever deletes: each text must be named by an entry of this very transaction.
BEGIN
    IF EXISTS (
        SELECT g.entry_id, g.field FROM gone g
        EXCEPT
        SELECT e.id, t->>2
            FROM audit_entry d, jsonb_array_elements(d.body::jsonb #> '{data,facts,texts}') t, audit_entry e
            WHERE d.action = 'destroy_texts' AND d.txid = pg_current_xact_id()::text::bigint
                AND d.recorded_at >= transaction_timestamp()
                AND e.stream = t->>0 AND e.seq = (t->>1)::bigint
    ) THEN
        RAISE EXCEPTION 'DELETE of audit_opening refused: no entry in this transaction says that the text is destroyed'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER audit_opening_destroyed_by_entry AFTER DELETE ON audit_opening
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_unnamed();
ALTER TABLE audit_opening ENABLE ALWAYS TRIGGER audit_opening_destroyed_by_entry;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0007_verifications")]

    operations = [
        migrations.RunSQL(
            DESTROYED,
            """
            DROP TRIGGER audit_opening_destroyed_by_entry ON audit_opening;
            DROP FUNCTION audit_refuse_unnamed();
            DROP TRIGGER audit_entry_destroys_texts ON audit_entry;
            DROP FUNCTION audit_destroy_texts();
            """,
        ),
    ]
