-- Groups that are kept elsewhere (src/pg/saved/saved_import.cpp).

CREATE FUNCTION objectset_import(t regclass, source regclass, set_column name, id_column name, name_column name DEFAULT NULL, OUT sets bigint, OUT count bigint, OUT repeated bigint)
  AS 'MODULE_PATHNAME', 'objectset_saved_import' LANGUAGE C VOLATILE PARALLEL UNSAFE;

COMMENT ON FUNCTION objectset_import(regclass, regclass, name, name, name) IS
  'saves a set for each group of a table that has a row for each membership: how many sets, with how many members, and how many rows repeated others. Groups with numbers keep them as ids of their sets; a group whose only id is NULL is empty; name_column has their names; errors 23502 for a group that is NULL, 21000 for one without one name, 23505, 42501 under row-level security, 42804, 42809';
