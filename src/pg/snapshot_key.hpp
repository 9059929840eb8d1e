// What the database looked like to a statement: as long as that is the same, a TOAST pointer means the same value,
// and what was read from it need not be read again to be believed.
#pragma once

#include "pg/prelude.hpp"

extern "C" {
#include "storage/proc.h"
}

namespace objectset::pg {

struct Moment {
  LocalTransactionId transaction;  // this one, and how far it is
  CommandId command;
  TransactionId
      oldest_running;  // the snapshot: whenever another transaction ends, one of these changes
  TransactionId next;
  uint32 running;
};

/// Outside a transaction, or without a snapshot, no two moments are the same.
inline Moment this_moment() {
  Moment moment = {};
  if (!ActiveSnapshotSet()) return moment;
#if PG_VERSION_NUM >= 170000
  moment.transaction = MyProc->vxid.lxid;
#else
  moment.transaction = MyProc->lxid;
#endif
  Snapshot const snapshot = GetActiveSnapshot();
  moment.command = snapshot->curcid;
  moment.oldest_running = snapshot->xmin;
  moment.next = snapshot->xmax;
  moment.running = snapshot->xcnt;
  return moment;
}

inline bool same_moment(const Moment& a, const Moment& b) {
  return a.transaction == b.transaction && a.command == b.command && a.next == b.next &&
         a.running == b.running && a.oldest_running == b.oldest_running &&
         a.transaction != InvalidLocalTransactionId;
}

}  // namespace objectset::pg
