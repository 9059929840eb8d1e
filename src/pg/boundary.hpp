// The border between core's exceptions and the server's errors, which leave by longjmp.
//
// Four zones, one per line of sight (CONTRIBUTING.md):
//   A  ingress  arguments, detoasting, catalogs   may longjmp   only plain data on the stack
//   B  compute  core, inside guarded()            may throw     calls nothing in the server that can longjmp
//   C  verdict  a Failure                         neither       every C++ object already destroyed
//   D  egress   raise(), PG_RETURN_...            may longjmp   only plain data on the stack
#pragma once

#include "pg/prelude.hpp"

#include <new>
#include <utility>

#include "core/base/error.hpp"
#include "core/base/memory.hpp"

extern "C" {
#include "utils/resowner.h"
}

namespace objectset::pg {

/// What went wrong in zone B. Plain data, and static: the stack is clean when it is raised.
struct Failure {
  enum class Kind { none, error, out_of_memory, interrupted, unknown };
  Kind kind;
  Error error;
};

/// Makes core take its memory from the server. Called once, as the module is loaded.
void install_host() noexcept;

/// Zone D: raises the failure as an error of the server.
[[noreturn]] void raise(const Failure& failure);
/// The same as a soft error where the server has them and `context` asks for one (PostgreSQL 16); returns then.
void raise_soft(const Failure& failure, Node* context);

/// In PG_CATCH: rolls back the subtransaction in which an error was raised, and gives that error, in a context that was there
/// before. First comes the rollback: a copy may find no memory, and an error that leaves a subtransaction behind has the
/// session refuse all statements until somebody says ROLLBACK.
ErrorData* roll_back_subtransaction(MemoryContext context, ResourceOwner owner);

/// A failure found outside guarded(); valid until the next one.
const Failure& failure_of(ErrorCode code, const char* message, const char* detail);

/// The memory context that core's allocations go to, during guarded().
extern MemoryContext compute_context;

/// The one failure there can be at a time.
extern Failure failure;

/// Zone B in one go: runs `compute` with core's memory in `context`, and gives what it failed with.
/// After a failure that memory is half-built: nothing in it is touched again before the context is reset.
template <class Compute>
const Failure& try_guarded(MemoryContext context, Compute&& compute,
                           bool scratch = false) noexcept {
  failure.kind = Failure::Kind::none;
  MemoryContext const outer = compute_context;
  compute_context = context;
  const ScratchScope scope(scratch);
  try {
    compute();
  } catch (const Error& error) {
    failure.kind = Failure::Kind::error;
    failure.error = error;
  } catch (const std::bad_alloc&) {
    failure.kind = Failure::Kind::out_of_memory;
  } catch (const Interrupted&) {
    failure.kind = Failure::Kind::interrupted;
  } catch (...) {
    failure.kind = Failure::Kind::unknown;
  }
  resume();
  compute_context = outer;
  return failure;
}

/// Zones B to D: runs `compute`, raises what it failed with.
template <class Compute>
void guarded(MemoryContext context, Compute&& compute) {
  const Failure& result = try_guarded(context, std::forward<Compute>(compute));
  if (result.kind != Failure::Kind::none) raise(result);
}

template <class Compute>
void guarded(Compute&& compute) {
  guarded(CurrentMemoryContext, std::forward<Compute>(compute));
}

/// The same in scratch memory: of what `compute` allocates only allocate_lasting()'s is left.
template <class Compute>
void guarded_in_scratch(Compute&& compute) {
  const Failure& result = try_guarded(CurrentMemoryContext, std::forward<Compute>(compute), true);
  if (result.kind != Failure::Kind::none) raise(result);
}

}  // namespace objectset::pg
