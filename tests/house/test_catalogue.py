"""What every object in the database must have, read from the system catalogue."""
import pytest


@pytest.fixture
def rows(connect):
    connection = connect()
    return lambda statement: [row[0] for row in connection.execute(statement)]


def test_every_relation_has_a_comment(rows):
    assert rows("""
        SELECT c.oid::regclass::text FROM pg_class c
         WHERE c.relnamespace = 'journey'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')
           AND NOT c.relispartition AND obj_description(c.oid, 'pg_class') IS NULL""") == []


def test_every_function_has_a_comment(rows):
    assert rows("""
        SELECT d.objid::regprocedure::text FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
         WHERE e.extname = 'pg_journey' AND d.classid = 'pg_proc'::regclass AND d.deptype = 'e'
           AND obj_description(d.objid, 'pg_proc') IS NULL""") == []


def test_tables_are_not_members_of_the_extension(rows):
    assert rows("""
        SELECT d.objid::regclass::text FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
         WHERE e.extname = 'pg_journey' AND d.classid = 'pg_class'::regclass AND d.deptype = 'e'""") == []


def test_unique_keys_of_tables_by_profile_contain_profile_id(rows):
    """Ready for Citus: such a table is distributed by profile_id."""
    assert rows("""
        SELECT i.indexrelid::regclass::text
          FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
          JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'profile_id'
         WHERE c.relnamespace = 'journey'::regnamespace AND i.indisunique AND NOT a.attnum = ANY (i.indkey::int2[])""") == []


def test_foreign_keys_of_tables_by_profile_stay_with_the_profile(rows):
    """A foreign key goes to a table without profile_id (a reference table), or carries profile_id along."""
    assert rows("""
        SELECT k.conrelid::regclass || '.' || k.conname FROM pg_constraint k
         WHERE k.contype = 'f' AND k.connamespace = 'journey'::regnamespace
           AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = k.confrelid AND a.attname = 'profile_id')
           AND NOT EXISTS (SELECT FROM pg_attribute a
                            WHERE a.attrelid = k.conrelid AND a.attname = 'profile_id' AND a.attnum = ANY (k.conkey))""") == []


def test_functions_that_touch_a_model_are_neither_immutable_nor_leakproof(rows):
    assert rows("""
        SELECT p.oid::regprocedure::text FROM pg_proc p
         WHERE p.proname ~ '^journey_(embed|generate|compose|sentiment|score|predict)'
           AND (p.provolatile = 'i' OR p.proleakproof)""") == []


def test_security_definer_functions_pin_their_search_path(rows):
    assert rows("""
        SELECT p.oid::regprocedure::text FROM pg_proc p
         WHERE p.proname ~ '^_?journey_' AND p.prosecdef
           AND NOT EXISTS (SELECT FROM unnest(p.proconfig) AS setting WHERE setting LIKE 'search_path=%')""") == []


def test_private_functions_are_not_for_everybody(rows):
    assert rows("""
        SELECT p.oid::regprocedure::text FROM pg_proc p
         WHERE p.proname LIKE '\\_journey\\_%' AND has_function_privilege('public', p.oid, 'execute')""") == []


def test_private_tables_are_not_for_readers_to_write(rows):
    assert rows("""
        SELECT c.oid::regclass::text FROM pg_class c
         WHERE c.relnamespace = 'journey'::regnamespace AND c.relkind IN ('r', 'p')
           AND has_table_privilege('journey_reader', c.oid, 'insert, update, delete, truncate')""") == []
