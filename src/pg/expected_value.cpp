#include "pg/expected_value.hpp"

#include "pg/datum.hpp"

extern "C" {
#include "access/parallel.h"
#include "access/xact.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "utils/datum.h"
#include "utils/hsearch.h"
#include "utils/resowner.h"
}

namespace objectset::pg {
namespace {

// ---- What one planning knows ------------------------------------------------------------------------------

struct Value {
  Node* expression;
  const Const* value;  // or nullptr: not known
  Value* next;
};

struct Opened {
  Datum datum;
  SetView set;
  Opened* next;
};

// What a note is of. Compared byte by byte: all of them are set.
struct NoteKey {
  const PlannerInfo* query;  // or nullptr: of all
  uint32 table;              // its oid; in a query its number
  int32 column;
  int64 kind;  // whether it is inherited, or a TableNote
};

struct Note {
  NoteKey key;
  void* kept;
};

// Lives in the memory of the planning that it belongs to, and is forgotten with that.
struct Planning {
  PlannerGlobal* global;
  MemoryContext context;
  Value* values;
  Opened* opened;
  HTAB* notes;  // or nullptr: there are none
  Planning* next;
  MemoryContextCallback forget;
};

// Of this session, the latest first: a function that is called for an estimate may plan queries of its own.
Planning* plannings = nullptr;

void forget_planning(void* planning) {
  Planning** at = &plannings;
  while (*at != nullptr && *at != planning) at = &(*at)->next;
  if (*at != nullptr) *at = (*at)->next;
}

Planning* planning_of(const PlannerInfo* root) {
  PlannerGlobal* const global = root->glob;
  for (Planning* planning = plannings; planning != nullptr; planning = planning->next) {
    if (planning->global == global) return planning;
  }
  MemoryContext const context = GetMemoryChunkContext(global);
  auto* planning = static_cast<Planning*>(MemoryContextAllocZero(context, sizeof(Planning)));
  planning->global = global;
  planning->context = context;
  planning->forget = {forget_planning, planning, nullptr};
  MemoryContextRegisterResetCallback(context, &planning->forget);
  planning->next = plannings;
  plannings = planning;
  return planning;
}

// ---- Evaluation -------------------------------------------------------------------------------------------

// Errors that are not of the value: a canceled statement, a transaction that has to begin anew.
bool is_of_statement(int sqlstate) {
  const int category = ERRCODE_TO_CATEGORY(sqlstate);
  return category == ERRCODE_TO_CATEGORY(ERRCODE_OPERATOR_INTERVENTION) ||
         category == ERRCODE_TO_CATEGORY(ERRCODE_TRANSACTION_ROLLBACK);
}

// In a subtransaction, so that an error leaves nothing behind. The planner's snapshot may be that of a statement around,
// taken before what was written since, as in functions: the execution will take one of its own.
Node* try_evaluate(PlannerInfo* root, Node* expression) {
  MemoryContext const context = CurrentMemoryContext;
  ResourceOwner const owner = CurrentResourceOwner;
  Node* volatile found = nullptr;
  BeginInternalSubTransaction(nullptr);
  MemoryContextSwitchTo(context);
  PG_TRY();
  {
    PushActiveSnapshot(GetTransactionSnapshot());
    found = estimate_expression_value(root, expression);
    PopActiveSnapshot();
    ReleaseCurrentSubTransaction();
  }
  PG_CATCH();
  {
    ErrorData* const error = roll_back_subtransaction(context, owner);
    if (is_of_statement(error->sqlerrcode)) ReThrowError(error);
    FreeErrorData(error);
    found = nullptr;
  }
  PG_END_TRY();
  MemoryContextSwitchTo(context);
  CurrentResourceOwner = owner;
  return found;
}

const Const* evaluate(PlannerInfo* root, Node* expression) {
  Node* found;
  if (!contain_mutable_functions(expression)) {
    found = estimate_expression_value(root, expression);
  } else if (IsInParallelMode()) {
    return nullptr;  // where there are no subtransactions
  } else {
    found = try_evaluate(root, expression);
  }
  return found != nullptr && IsA(found, Const) ? reinterpret_cast<const Const*>(found) : nullptr;
}

bool has_executors_param(Node* node, void*) {
  if (node == nullptr) return false;
  if (IsA(node, Param)) return reinterpret_cast<Param*>(node)->paramkind == PARAM_EXEC;
  return expression_tree_walker(node, as_walker(has_executors_param), nullptr);
}

// Whether nothing but what stands in it, parameters and the database decides what an expression gives.
bool is_evaluable(Node* expression) {
  return !contain_var_clause(expression) && !has_executors_param(expression, nullptr) &&
         !contain_subplans(expression) && !contain_agg_clause(expression) &&
         !contain_volatile_functions(expression);
}

// ---- Sets -------------------------------------------------------------------------------------------------

// Copies of a literal, one for each partition, are the same set. All bytes are compared: whoever chooses ids can make
// checksums meet.
bool is_same(Datum a, Datum b) {
  auto* const x = reinterpret_cast<struct varlena*>(DatumGetPointer(a));
  auto* const y = reinterpret_cast<struct varlena*>(DatumGetPointer(b));
  const Size size = VARSIZE_ANY(x);
  return x == y || (size == VARSIZE_ANY(y) && memcmp(x, y, size) == 0);
}

// A value's datum, in the planning's memory.
Datum lasting_datum(const Planning* planning, const Const* value) {
  for (const Value* known = planning->values; known != nullptr; known = known->next) {
    if (known->value == value) return value->constvalue;
  }
  return datumCopy(value->constvalue, false, -1);
}

}  // namespace

const Const* expected_value(PlannerInfo* root, Node* expression) {
  if (expression == nullptr) return nullptr;
  if (IsA(expression, Const)) return reinterpret_cast<const Const*>(expression);
  if (root == nullptr || root->glob == nullptr || !is_evaluable(expression)) return nullptr;
  Planning* const planning = planning_of(root);
  for (const Value* known = planning->values; known != nullptr; known = known->next) {
    if (equal(known->expression, expression)) return known->value;
  }
  MemoryContext const outer = MemoryContextSwitchTo(planning->context);
  auto* entry = static_cast<Value*>(palloc(sizeof(Value)));
  auto* const copy = static_cast<Node*>(copyObjectImpl(expression));
  *entry = {copy, evaluate(root, expression), planning->values};
  planning->values = entry;
  MemoryContextSwitchTo(outer);
  return entry->value;
}

SetView expected_set(PlannerInfo* root, const Const* value) {
  if (root == nullptr || root->glob == nullptr) {
    return pinned_view(set_argument(value->constvalue));
  }
  Planning* const planning = planning_of(root);
  for (const Opened* opened = planning->opened; opened != nullptr; opened = opened->next) {
    if (is_same(opened->datum, value->constvalue)) return opened->set;
  }
  MemoryContext const outer = MemoryContextSwitchTo(planning->context);
  auto* entry = static_cast<Opened*>(palloc(sizeof(Opened)));
  const Datum datum = lasting_datum(planning, value);
  *entry = {datum, pinned_view(set_argument(datum)), planning->opened};
  planning->opened = entry;
  MemoryContextSwitchTo(outer);
  return entry->set;
}

MemoryContext planning_memory(const PlannerInfo* root) { return GetMemoryChunkContext(root->glob); }

namespace {

void** find_note(const PlannerInfo* root, const NoteKey& key) {
  Planning* const planning = planning_of(root);
  if (planning->notes == nullptr) {
    HASHCTL control = {};
    control.keysize = sizeof(NoteKey);
    control.entrysize = sizeof(Note);
    control.hcxt = planning->context;
    planning->notes =
        hash_create("notes of a planning", 64, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
  }
  bool is_there = false;
  auto* note = static_cast<Note*>(hash_search(planning->notes, &key, HASH_ENTER, &is_there));
  if (!is_there) note->kept = nullptr;
  return &note->kept;
}

}  // namespace

void** note_of_column(const PlannerInfo* root, Oid table, int column, bool is_inherited) {
  return find_note(root, {nullptr, table, column, is_inherited ? 1 : 0});
}

void** note_of_table(const PlannerInfo* root, int number, TableNote what, int column) {
  return find_note(root, {root, static_cast<uint32>(number), column, static_cast<int64>(what)});
}

}  // namespace objectset::pg
