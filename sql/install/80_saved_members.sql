-- Saved sets: the membership rule, and members by name (src/pg/saved/saved_members.cpp).
--
-- members = ((base - deleted) | added) - removed

-- ---- The membership rule ----------------------------------------------------------------------------------

CREATE FUNCTION objectset_members_of(base objectset, added objectset, removed objectset, deleted objectset)
  RETURNS objectset AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_members_count(base objectset, added objectset, removed objectset, deleted objectset)
  RETURNS bigint AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION _objectset_members_support(internal) RETURNS internal
  AS 'MODULE_PATHNAME', 'objectset_members_support' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION members(set record) RETURNS objectset
  AS 'MODULE_PATHNAME', 'objectset_members_of_row' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
  SUPPORT _objectset_members_support;

COMMENT ON FUNCTION objectset_members_of(objectset, objectset, objectset, objectset) IS
  'members of a saved set: base without deleted, with added, without removed; base itself, as it is stored, where the others are empty';
COMMENT ON FUNCTION objectset_members_count(objectset, objectset, objectset, objectset) IS
  'number of members of a saved set, without building it';
COMMENT ON FUNCTION _objectset_members_support(internal) IS
  'planner support: members of a row that a query reads are computed of its columns';
COMMENT ON FUNCTION members(record) IS
  'members of a row of a set table, to be written as its field: s.members; error 42809 for other rows';

-- ---- By name ----------------------------------------------------------------------------------------------

CREATE FUNCTION objectset_members(t regclass, name text) RETURNS objectset
  AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL RESTRICTED COST 10;
CREATE FUNCTION objectset_has(t regclass, name text, id bigint) RETURNS boolean
  AS 'MODULE_PATHNAME', 'objectset_saved_has' LANGUAGE C STABLE STRICT PARALLEL RESTRICTED;

COMMENT ON FUNCTION objectset_members(regclass, text) IS
  'members of a saved set; error 42704 where there is none of this name';
COMMENT ON FUNCTION objectset_has(regclass, text, bigint) IS
  'whether an id is a member of a saved set; error 42704';
