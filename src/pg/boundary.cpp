#include "pg/boundary.hpp"

extern "C" {
#include "access/xact.h"
#if PG_VERSION_NUM >= 160000
#include "nodes/miscnodes.h"
#endif
#include "utils/memdebug.h"
#include "utils/memutils.h"
}

#include <cstdlib>

namespace objectset::pg {

MemoryContext compute_context = nullptr;
Failure failure = {};

namespace {

// What freed memory the process keeps. glibc gives the heap's top back to the system where more is free there than a
// threshold, which starts at 128 KB and follows the largest block that was ever mapped and freed: at first, every
// statement that reads two values of some hundred KB takes them, page by page, from the system again (280 faults and
// two thirds of the time of `a & b`). Freeing one block of the size that memory contexts grow to takes the threshold
// to where a large sort or hash join would leave it. mallopt() could do no better, would end the following, and would
// overrule whoever has tuned malloc (MALLOC_TRIM_THRESHOLD_, GLIBC_TUNABLES): for them this changes nothing. The
// block's pages are never touched. Up to twice its size stays with a backend that has used as much.
void settle_heap() noexcept {
  void* volatile block = malloc(ALLOCSET_DEFAULT_MAXSIZE);
  free(block);
}

// None of these can longjmp: a request beyond what the server allows is answered like one it cannot meet.
void* host_allocate(std::size_t bytes) {
  // Here and not at loading: a postmaster that preloads the module is left as it is.
  static bool settled = false;
  if (__builtin_expect(!settled, false)) {
    settle_heap();
    settled = true;
  }
  if (!AllocHugeSizeIsValid(bytes)) return nullptr;
  return MemoryContextAllocExtended(compute_context, bytes, MCXT_ALLOC_HUGE | MCXT_ALLOC_NO_OOM);
}

#if PG_VERSION_NUM < 160000
// What stands before a chunk: its size, in servers that check their memory also the size asked for, and one pointer, or
// two where the context is a generation's.
Size chunk_header(MemoryContext context) {
#ifdef MEMORY_CONTEXT_CHECKING
  constexpr Size sizes = 2 * sizeof(Size);
#else
  constexpr Size sizes = sizeof(Size);
#endif
  return MAXALIGN(sizes + (IsA(context, AllocSetContext) ? 1 : 2) * sizeof(void*));
}
#endif

void* host_reallocate(void* block, std::size_t bytes) {
  if (!AllocHugeSizeIsValid(bytes)) return nullptr;
#if PG_VERSION_NUM >= 160000
  return repalloc_extended(block, bytes, MCXT_ALLOC_HUGE | MCXT_ALLOC_NO_OOM);
#else
  MemoryContext const context = GetMemoryChunkContext(block);
  void* moved = MemoryContextAllocExtended(context, bytes, MCXT_ALLOC_HUGE | MCXT_ALLOC_NO_OOM);
  if (moved == nullptr) return nullptr;
  // The chunk's space counts its header too: what is copied stays within both blocks.
  const Size old_space = GetMemoryChunkSpace(block) - chunk_header(context);
  // More than was asked for, perhaps, which servers that are built for valgrind say is nobody's.
  VALGRIND_MAKE_MEM_DEFINED(block, old_space);
  memcpy(moved, block, old_space < bytes ? old_space : bytes);
  pfree(block);
  return moved;
#endif
}

void host_release(void* block) { pfree(block); }

// Only what CHECK_FOR_INTERRUPTS() is certain to raise an error for.
bool host_interrupted() {
  return InterruptPending && (QueryCancelPending || ProcDiePending) && InterruptHoldoffCount == 0 &&
         QueryCancelHoldoffCount == 0 && CritSectionCount == 0;
}

int sqlstate_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_text:
      return ERRCODE_INVALID_TEXT_REPRESENTATION;
    case ErrorCode::invalid_binary:
      return ERRCODE_INVALID_BINARY_REPRESENTATION;
    case ErrorCode::out_of_range:
      return ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE;
    case ErrorCode::too_large:
      return ERRCODE_PROGRAM_LIMIT_EXCEEDED;
    case ErrorCode::data_corrupted:
      return ERRCODE_DATA_CORRUPTED;
    case ErrorCode::invalid_parameter:
      return ERRCODE_INVALID_PARAMETER_VALUE;
    case ErrorCode::null_not_allowed:
      return ERRCODE_NULL_VALUE_NOT_ALLOWED;
    case ErrorCode::syntax:
      return ERRCODE_SYNTAX_ERROR;
    case ErrorCode::too_complex:
      return ERRCODE_STATEMENT_TOO_COMPLEX;
    case ErrorCode::internal:
      break;
  }
  return ERRCODE_INTERNAL_ERROR;
}

// The first exception of a process takes memory for the thread's own state of libstdc++, and where there is none glibc ends
// the process. So it is thrown here, where it need not tell that memory is gone.
void settle_exceptions() noexcept {
  try {
    throw Interrupted();
  } catch (const Interrupted&) {
  }
}

}  // namespace

void install_host() noexcept {
  settle_exceptions();
  set_host(Host{host_allocate, host_reallocate, host_release, host_interrupted});
}

ErrorData* roll_back_subtransaction(MemoryContext context, ResourceOwner owner) {
  MemoryContextSwitchTo(context);
  RollbackAndReleaseCurrentSubTransaction();
  MemoryContextSwitchTo(context);
  CurrentResourceOwner = owner;
  ErrorData* const error = CopyErrorData();
  FlushErrorState();
  return error;
}

const Failure& failure_of(ErrorCode code, const char* message, const char* detail) {
  failure.kind = Failure::Kind::error;
  failure.error = Error();
  failure.error.code = code;
  strlcpy(failure.error.message, message, sizeof failure.error.message);
  strlcpy(failure.error.detail, detail, sizeof failure.error.detail);
  return failure;
}

void raise(const Failure& what) {
  switch (what.kind) {
    case Failure::Kind::out_of_memory:
      ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory"),
                      errdetail("Failed while working on an object set.")));
    case Failure::Kind::interrupted:
      CHECK_FOR_INTERRUPTS();
      ereport(ERROR,
              (errcode(ERRCODE_QUERY_CANCELED), errmsg("canceling statement due to user request")));
    case Failure::Kind::error: {
      const Error& error = what.error;
      ereport(ERROR, (errcode(sqlstate_of(error.code)), errmsg("%s", error.message),
                      error.detail[0] != '\0' ? errdetail("%s", error.detail) : 0,
                      error.hint[0] != '\0' ? errhint("%s", error.hint) : 0));
    }
    case Failure::Kind::none:
    case Failure::Kind::unknown:
      break;
  }
  ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
                  errmsg("unexpected failure in an object set operation")));
  pg_unreachable();
}

void raise_soft(const Failure& what, [[maybe_unused]] Node* context) {
#if PG_VERSION_NUM >= 160000
  if (what.kind == Failure::Kind::error) {
    const Error& error = what.error;
    errsave(context, (errcode(sqlstate_of(error.code)), errmsg("%s", error.message),
                      error.detail[0] != '\0' ? errdetail("%s", error.detail) : 0,
                      error.hint[0] != '\0' ? errhint("%s", error.hint) : 0));
    return;
  }
#endif
  raise(what);
}

}  // namespace objectset::pg
