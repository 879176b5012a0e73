// chaos/faults.hpp - what an item of fault_app orders its worker to suffer, and the ledger in which workers write it down.
// Threads: of one worker's stage, but for the ledger, which any thread may write to.
// Source: fault_judge.py and orphan_judge.py read the ledger and know what must become of each order.
//
// An order is a line "ID STAGE DEED ARGUMENT HOW": in STAGE, whoever runs item ID does DEED, "always" or only at the
// first attempt ("once"). It travels with the item, so that every stage, and the evidence in quarantine, can tell. FAULT_LEDGER
// names the ledger, FAULT_MARKS a folder that remembers first attempts; the product itself reads neither.
#pragma once
#include <troupe/base/unique_fd.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace faults {

struct order {
  std::uint64_t id = 0;
  std::string stage, deed;
  std::uint64_t argument = 0;
  std::string how;
};

/// Throws std::runtime_error when the line is none.
[[nodiscard]] order read_order(const std::string& line);

/// Lines "STAGE WHAT ID PID NS" (CLOCK_MONOTONIC). One line is one write: of a killed process it is there as a whole or
/// not at all.
class ledger {
 public:
  /// Throws std::runtime_error when FAULT_LEDGER is not set or cannot be opened.
  ledger();
  void add(std::string_view stage, std::string_view what, std::uint64_t id) const;

 private:
  troupe::unique_fd file_;
};

/// Does what the order says, unless it says "once" and has been done before. Returns when the deed leaves the caller
/// alive, may throw, may never return. The deeds:
///   ok        nothing                         kill       SIGKILL of itself
///   segv      a null pointer                  abort      std::abort
///   overflow  recursion without end           exit       _exit(argument)
///   stop      SIGSTOP of itself               loop       a busy loop without end
///   throw     an exception                    bomb       allocates until std::bad_alloc
///   starve    the same, where nobody may throw: std::terminate
///   hold      exits while a grandchild keeps all descriptors; it stays in the group and lives `argument` ms
///   away      the same, in a session of its own
///   keep      such a grandchild in a session of its own, and goes on
///   flood     writes `argument` bytes to stderr: lines when the id is even, one line when it is odd
///   garbage   writes to its own protocol descriptors: 0 random bytes to pipes, 1 a frame of nonsense to pipes,
///             2 random bytes to connected sockets, 3 the beginning of a long frame to pipes
///   late      goes on, and a thread crashes after `argument` ms
///   take      waits for `argument` microseconds
///   child     starts a `sleep`, one for each process, and then waits for `argument` microseconds
///   daemon    the same, but the child is in a session of its own: nobody is to find it
///   zombie    the same as daemon, and the child has a child that has ended and is not waited for
void commit(const order& what);

}  // namespace faults
