// What a call site read of a set table stays true as long as the same user, in the same subtransaction, reads in the very
// same snapshot. Nothing less proves it: marks of a snapshot alone stay the same over a change of role, a savepoint that
// is rolled back, and on a standby over a commit. Where policies choose the rows, they may ask for settings: then it stays
// true within one run of a query alone. A procedural language evaluates an expression of its own in many statements.
#pragma once

#include "pg/snapshot_key.hpp"

extern "C" {
#include "access/xact.h"
#include "utils/rls.h"
}

namespace objectset::pg {

class ReadKey {
 public:
  /// Zone A: notes where a call site is, with memory of its own, after the table was read; false where that is nothing to be
  /// told again.
  bool note(Oid table, const FmgrInfo* site, MemoryContext context) {
    Snapshot const snapshot = usable_snapshot();
    is_set_ = snapshot != nullptr &&
              (check_enable_rls(table, InvalidOid, true) != RLS_ENABLED || is_of_one_run(site));
    if (!is_set_) return false;
    marks_ = marks_of(snapshot);
    running_ = static_cast<TransactionId*>(
        MemoryContextAlloc(context, sizeof(TransactionId) * (count_of(snapshot) + 1)));
    if (snapshot->xcnt > 0) memcpy(running_, snapshot->xip, sizeof(TransactionId) * snapshot->xcnt);
    if (snapshot->subxcnt > 0) {
      memcpy(running_ + snapshot->xcnt, snapshot->subxip,
             sizeof(TransactionId) * static_cast<Size>(snapshot->subxcnt));
    }
    return true;
  }
  void forget() { is_set_ = false; }

  /// Whether we are there still.
  bool holds() const {
    Snapshot const snapshot = usable_snapshot();
    if (!is_set_ || snapshot == nullptr) return false;
    const Marks now = marks_of(snapshot);
    return memcmp(&marks_, &now, sizeof now) == 0 &&
           (snapshot->xcnt == 0 ||
            memcmp(running_, snapshot->xip, sizeof(TransactionId) * snapshot->xcnt) == 0) &&
           (snapshot->subxcnt <= 0 ||
            memcmp(running_ + snapshot->xcnt, snapshot->subxip,
                   sizeof(TransactionId) * static_cast<Size>(snapshot->subxcnt)) == 0);
  }

 private:
  // All of 32 bits, so that there is nothing between them.
  struct Marks {
    Oid user;
    int32 security_context;
    SubTransactionId subtransaction;
    LocalTransactionId transaction;
    CommandId command;
    TransactionId least;
    TransactionId next;
    uint32 count;
    int32 sub_count;
    uint32 in_recovery;
  };
  static constexpr Size most_running = 1000;

  // What an executor keeps for one run of a query stands in what a portal, or a statement of SPI, keeps.
  static bool is_of_one_run(const FmgrInfo* site) {
    MemoryContext const around = MemoryContextGetParent(site->fn_mcxt);
    return around != nullptr && strcmp(site->fn_mcxt->name, "ExecutorState") == 0 &&
           (strcmp(around->name, "PortalContext") == 0 || strcmp(around->name, "SPI Exec") == 0);
  }
  static Size count_of(Snapshot snapshot) {
    return snapshot->xcnt + static_cast<Size>(snapshot->subxcnt > 0 ? snapshot->subxcnt : 0);
  }
  static Snapshot usable_snapshot() {
    if (!ActiveSnapshotSet()) return nullptr;
    Snapshot const snapshot = GetActiveSnapshot();
    const bool is_usable = snapshot->snapshot_type == SNAPSHOT_MVCC && !snapshot->suboverflowed &&
                           count_of(snapshot) <= most_running;
    return is_usable ? snapshot : nullptr;
  }
  static Marks marks_of(Snapshot snapshot) {
    Oid user = InvalidOid;
    int context = 0;
    GetUserIdAndSecContext(&user, &context);
    return {user,
            context,
            GetCurrentSubTransactionId(),
            this_moment().transaction,
            snapshot->curcid,
            snapshot->xmin,
            snapshot->xmax,
            snapshot->xcnt,
            snapshot->subxcnt,
            snapshot->takenDuringRecovery ? 1u : 0u};
  }

  bool is_set_ = false;
  Marks marks_ = {};
  TransactionId* running_ = nullptr;
};

}  // namespace objectset::pg
