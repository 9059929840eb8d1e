-- Samples and groups of a set, and questions to many sets at once (src/pg/objectset_cohort.cpp).

CREATE FUNCTION objectset_sample(set objectset, n bigint, seed bigint) RETURNS objectset
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_split(set objectset, k bigint, salt text) RETURNS objectset[]
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_split_part(set objectset, k bigint, salt text, part bigint) RETURNS objectset
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION objectset_split_group(id bigint, k bigint, salt text) RETURNS integer
  AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION objectset_sample(objectset, bigint, bigint) IS
  'n ids of the set at random, each choice as likely; the same for the same set and seed; all if it has no more; errors 22023 if n is negative, 54000';
COMMENT ON FUNCTION objectset_split(objectset, bigint, text) IS
  'the set in k groups by a hash of salt and id, which an id never leaves: an array of k sets; errors 22023 if k is not from 1 to 10000, 54000';
COMMENT ON FUNCTION objectset_split_part(objectset, bigint, text, bigint) IS
  'the group of that number, from 1, of objectset_split(set, k, salt) alone; errors 22023 if k or part is out of range, 54000';
COMMENT ON FUNCTION objectset_split_group(bigint, bigint, text) IS
  'the group, 1 to k, that objectset_split puts an id into; error 22023 if k is out of range';
