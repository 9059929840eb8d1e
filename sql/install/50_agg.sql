-- Aggregates (src/pg/objectset_agg.cpp), and the type of their states.
--
-- The state is a type of its own, not internal, so that PostgreSQL aggregates in parallel and a distributed
-- database ships the states between its nodes. Every aggregate has a moving form for window frames that lose rows.

CREATE TYPE objectset_state;

CREATE FUNCTION objectset_state_in(cstring) RETURNS objectset_state
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_state_out(objectset_state) RETURNS cstring
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_state_recv(internal) RETURNS objectset_state
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_state_send(objectset_state) RETURNS bytea
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION objectset_state_in(cstring) IS 'text to state: base64, checked in full; error 22P02';
COMMENT ON FUNCTION objectset_state_out(objectset_state) IS 'state to text: base64; error 54000 beyond 800 MB';
COMMENT ON FUNCTION objectset_state_recv(internal) IS 'binary input, checked in full; error 22P03';
COMMENT ON FUNCTION objectset_state_send(objectset_state) IS 'binary output';

CREATE TYPE objectset_state (
  INPUT = objectset_state_in,
  OUTPUT = objectset_state_out,
  RECEIVE = objectset_state_recv,
  SEND = objectset_state_send,
  INTERNALLENGTH = VARIABLE,
  ALIGNMENT = double,
  STORAGE = external
);

COMMENT ON TYPE objectset_state IS 'state of an object set aggregate between rows, workers and machines';

-- ---- What makes states ---------------------------------------------------------------------------------------

CREATE FUNCTION objectset_agg_accum(objectset_state, bigint) RETURNS objectset_state
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION objectset_union_accum(objectset_state, objectset) RETURNS objectset_state
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION objectset_intersect_accum(objectset_state, objectset) RETURNS objectset_state
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION objectset_symdiff_accum(objectset_state, objectset) RETURNS objectset_state
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION objectset_at_least_accum(objectset_state, objectset, bigint) RETURNS objectset_state
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;

COMMENT ON FUNCTION objectset_agg_accum(objectset_state, bigint) IS 'transition: an id joins the set';
COMMENT ON FUNCTION objectset_union_accum(objectset_state, objectset) IS 'transition: the set joins the union';
COMMENT ON FUNCTION objectset_intersect_accum(objectset_state, objectset) IS
  'transition: what the set lacks leaves the intersection';
COMMENT ON FUNCTION objectset_symdiff_accum(objectset_state, objectset) IS
  'transition: the ids of the set join or leave';
COMMENT ON FUNCTION objectset_at_least_accum(objectset_state, objectset, bigint) IS
  'transition: the set is counted; error 22023 where k is below 1 or not always the same';

-- Forward and backward steps of window frames.
CREATE FUNCTION objectset_counter_add(objectset_state, bigint) RETURNS objectset_state
  AS 'MODULE_PATHNAME', 'objectset_counter_add_id' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION objectset_counter_remove(objectset_state, bigint) RETURNS objectset_state
  AS 'MODULE_PATHNAME', 'objectset_counter_remove_id' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION objectset_counter_add(objectset_state, objectset) RETURNS objectset_state
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION objectset_counter_remove(objectset_state, objectset) RETURNS objectset_state
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION objectset_at_least_remove(objectset_state, objectset, bigint) RETURNS objectset_state
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;

COMMENT ON FUNCTION objectset_counter_add(objectset_state, bigint) IS 'moving transition: the id is counted';
COMMENT ON FUNCTION objectset_counter_remove(objectset_state, bigint) IS
  'inverse moving transition: the id is counted no more';
COMMENT ON FUNCTION objectset_counter_add(objectset_state, objectset) IS
  'moving transition: the set is counted';
COMMENT ON FUNCTION objectset_counter_remove(objectset_state, objectset) IS
  'inverse moving transition: the set is counted no more';
COMMENT ON FUNCTION objectset_at_least_remove(objectset_state, objectset, bigint) IS
  'inverse moving transition: the set is counted no more';

CREATE FUNCTION objectset_union_combine(objectset_state, objectset_state) RETURNS objectset_state
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_intersect_combine(objectset_state, objectset_state) RETURNS objectset_state
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_symdiff_combine(objectset_state, objectset_state) RETURNS objectset_state
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_at_least_combine(objectset_state, objectset_state) RETURNS objectset_state
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION objectset_union_combine(objectset_state, objectset_state) IS
  'combines two states of one aggregate, of ids or of unions';
COMMENT ON FUNCTION objectset_intersect_combine(objectset_state, objectset_state) IS
  'combines two states of one aggregate';
COMMENT ON FUNCTION objectset_symdiff_combine(objectset_state, objectset_state) IS
  'combines two states of one aggregate';
COMMENT ON FUNCTION objectset_at_least_combine(objectset_state, objectset_state) IS
  'combines two states of one aggregate';

-- ---- What makes results of states ----------------------------------------------------------------------------

CREATE FUNCTION objectset_set_final(objectset_state) RETURNS objectset
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION objectset_set_count_final(objectset_state) RETURNS bigint
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION objectset_counter_union_final(objectset_state) RETURNS objectset
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION objectset_counter_union_count_final(objectset_state) RETURNS bigint
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION objectset_counter_intersect_final(objectset_state) RETURNS objectset
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION objectset_counter_intersect_count_final(objectset_state) RETURNS bigint
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION objectset_counter_symdiff_final(objectset_state) RETURNS objectset
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION objectset_counter_symdiff_count_final(objectset_state) RETURNS bigint
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION objectset_at_least_final(objectset_state) RETURNS objectset
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION objectset_at_least_count_final(objectset_state) RETURNS bigint
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;

COMMENT ON FUNCTION objectset_set_final(objectset_state) IS 'the set; NULL for no state';
COMMENT ON FUNCTION objectset_set_count_final(objectset_state) IS 'number of ids in the set; 0 for no state';
COMMENT ON FUNCTION objectset_counter_union_final(objectset_state) IS
  'ids counted in any set; NULL for no sets';
COMMENT ON FUNCTION objectset_counter_union_count_final(objectset_state) IS
  'number of ids counted in any set; 0 for no sets';
COMMENT ON FUNCTION objectset_counter_intersect_final(objectset_state) IS
  'ids counted in all sets; NULL for no sets';
COMMENT ON FUNCTION objectset_counter_intersect_count_final(objectset_state) IS
  'number of ids counted in all sets; 0 for no sets';
COMMENT ON FUNCTION objectset_counter_symdiff_final(objectset_state) IS
  'ids counted an odd number of times; NULL for no sets';
COMMENT ON FUNCTION objectset_counter_symdiff_count_final(objectset_state) IS
  'number of ids counted an odd number of times; 0 for no sets';
COMMENT ON FUNCTION objectset_at_least_final(objectset_state) IS
  'ids counted at least k times; NULL for no sets';
COMMENT ON FUNCTION objectset_at_least_count_final(objectset_state) IS
  'number of ids counted at least k times; 0 for no sets';

-- ---- Aggregates ----------------------------------------------------------------------------------------------

-- SSPACE: a state may be anything from a few bytes up. The planner is told what it assumes of array_agg's states, so
-- that grouping by the million is planned, and spills, as it does there.
CREATE AGGREGATE objectset_agg(bigint) (
  SFUNC = objectset_agg_accum, STYPE = objectset_state, SSPACE = 8192, COMBINEFUNC = objectset_union_combine,
  FINALFUNC = objectset_set_final, FINALFUNC_MODIFY = READ_ONLY,
  MSFUNC = objectset_counter_add, MINVFUNC = objectset_counter_remove, MSTYPE = objectset_state, MSSPACE = 8192,
  MFINALFUNC = objectset_counter_union_final, MFINALFUNC_MODIFY = READ_ONLY,
  PARALLEL = SAFE
);
CREATE AGGREGATE objectset_union_agg(objectset) (
  SFUNC = objectset_union_accum, STYPE = objectset_state, SSPACE = 8192, COMBINEFUNC = objectset_union_combine,
  FINALFUNC = objectset_set_final, FINALFUNC_MODIFY = READ_ONLY,
  MSFUNC = objectset_counter_add, MINVFUNC = objectset_counter_remove, MSTYPE = objectset_state, MSSPACE = 8192,
  MFINALFUNC = objectset_counter_union_final, MFINALFUNC_MODIFY = READ_ONLY,
  PARALLEL = SAFE
);
CREATE AGGREGATE objectset_intersect_agg(objectset) (
  SFUNC = objectset_intersect_accum, STYPE = objectset_state, SSPACE = 8192, COMBINEFUNC = objectset_intersect_combine,
  FINALFUNC = objectset_set_final, FINALFUNC_MODIFY = READ_ONLY,
  MSFUNC = objectset_counter_add, MINVFUNC = objectset_counter_remove, MSTYPE = objectset_state, MSSPACE = 8192,
  MFINALFUNC = objectset_counter_intersect_final, MFINALFUNC_MODIFY = READ_ONLY,
  PARALLEL = SAFE
);
CREATE AGGREGATE objectset_symdiff_agg(objectset) (
  SFUNC = objectset_symdiff_accum, STYPE = objectset_state, SSPACE = 8192, COMBINEFUNC = objectset_symdiff_combine,
  FINALFUNC = objectset_set_final, FINALFUNC_MODIFY = READ_ONLY,
  MSFUNC = objectset_counter_add, MINVFUNC = objectset_counter_remove, MSTYPE = objectset_state, MSSPACE = 8192,
  MFINALFUNC = objectset_counter_symdiff_final, MFINALFUNC_MODIFY = READ_ONLY,
  PARALLEL = SAFE
);
CREATE AGGREGATE objectset_at_least_agg(set objectset, k bigint) (
  SFUNC = objectset_at_least_accum, STYPE = objectset_state, SSPACE = 8192, COMBINEFUNC = objectset_at_least_combine,
  FINALFUNC = objectset_at_least_final, FINALFUNC_MODIFY = READ_ONLY,
  MSFUNC = objectset_at_least_accum, MINVFUNC = objectset_at_least_remove, MSTYPE = objectset_state, MSSPACE = 8192,
  MFINALFUNC = objectset_at_least_final, MFINALFUNC_MODIFY = READ_ONLY,
  PARALLEL = SAFE
);
CREATE AGGREGATE objectset_count_agg(bigint) (
  SFUNC = objectset_agg_accum, STYPE = objectset_state, SSPACE = 8192, COMBINEFUNC = objectset_union_combine,
  FINALFUNC = objectset_set_count_final, FINALFUNC_MODIFY = READ_ONLY,
  MSFUNC = objectset_counter_add, MINVFUNC = objectset_counter_remove, MSTYPE = objectset_state, MSSPACE = 8192,
  MFINALFUNC = objectset_counter_union_count_final, MFINALFUNC_MODIFY = READ_ONLY,
  PARALLEL = SAFE
);
CREATE AGGREGATE objectset_union_count_agg(objectset) (
  SFUNC = objectset_union_accum, STYPE = objectset_state, SSPACE = 8192, COMBINEFUNC = objectset_union_combine,
  FINALFUNC = objectset_set_count_final, FINALFUNC_MODIFY = READ_ONLY,
  MSFUNC = objectset_counter_add, MINVFUNC = objectset_counter_remove, MSTYPE = objectset_state, MSSPACE = 8192,
  MFINALFUNC = objectset_counter_union_count_final, MFINALFUNC_MODIFY = READ_ONLY,
  PARALLEL = SAFE
);
CREATE AGGREGATE objectset_intersect_count_agg(objectset) (
  SFUNC = objectset_intersect_accum, STYPE = objectset_state, SSPACE = 8192, COMBINEFUNC = objectset_intersect_combine,
  FINALFUNC = objectset_set_count_final, FINALFUNC_MODIFY = READ_ONLY,
  MSFUNC = objectset_counter_add, MINVFUNC = objectset_counter_remove, MSTYPE = objectset_state, MSSPACE = 8192,
  MFINALFUNC = objectset_counter_intersect_count_final, MFINALFUNC_MODIFY = READ_ONLY,
  PARALLEL = SAFE
);
CREATE AGGREGATE objectset_symdiff_count_agg(objectset) (
  SFUNC = objectset_symdiff_accum, STYPE = objectset_state, SSPACE = 8192, COMBINEFUNC = objectset_symdiff_combine,
  FINALFUNC = objectset_set_count_final, FINALFUNC_MODIFY = READ_ONLY,
  MSFUNC = objectset_counter_add, MINVFUNC = objectset_counter_remove, MSTYPE = objectset_state, MSSPACE = 8192,
  MFINALFUNC = objectset_counter_symdiff_count_final, MFINALFUNC_MODIFY = READ_ONLY,
  PARALLEL = SAFE
);
CREATE AGGREGATE objectset_at_least_count_agg(set objectset, k bigint) (
  SFUNC = objectset_at_least_accum, STYPE = objectset_state, SSPACE = 8192, COMBINEFUNC = objectset_at_least_combine,
  FINALFUNC = objectset_at_least_count_final, FINALFUNC_MODIFY = READ_ONLY,
  MSFUNC = objectset_at_least_accum, MINVFUNC = objectset_at_least_remove, MSTYPE = objectset_state, MSSPACE = 8192,
  MFINALFUNC = objectset_at_least_count_final, MFINALFUNC_MODIFY = READ_ONLY,
  PARALLEL = SAFE
);

COMMENT ON AGGREGATE objectset_agg(bigint) IS 'the set of the ids, NULLs left out; NULL if there is none';
COMMENT ON AGGREGATE objectset_union_agg(objectset) IS
  'the ids in any of the sets, NULLs left out; NULL if there is none';
COMMENT ON AGGREGATE objectset_intersect_agg(objectset) IS
  'the ids in all of the sets, NULLs left out; NULL if there is none';
COMMENT ON AGGREGATE objectset_symdiff_agg(objectset) IS
  'the ids in an odd number of the sets, NULLs left out; NULL if there is none';
COMMENT ON AGGREGATE objectset_at_least_agg(objectset, bigint) IS
  'the ids in k or more of the sets, NULLs left out; NULL if there is none; error 22023 if k < 1 or varies';
COMMENT ON AGGREGATE objectset_count_agg(bigint) IS
  'number of distinct ids, NULLs left out; 0 if there is none';
COMMENT ON AGGREGATE objectset_union_count_agg(objectset) IS
  'number of ids in any of the sets, NULLs left out; 0 if there is none';
COMMENT ON AGGREGATE objectset_intersect_count_agg(objectset) IS
  'number of ids in all of the sets, NULLs left out; 0 if there is none';
COMMENT ON AGGREGATE objectset_symdiff_count_agg(objectset) IS
  'number of ids in an odd number of the sets, NULLs left out; 0 if there is none';
COMMENT ON AGGREGATE objectset_at_least_count_agg(objectset, bigint) IS
  'number of ids in k or more of the sets, NULLs left out; 0 if there is none; error 22023 if k < 1 or varies';
