// tests/spawn/gate_child.cpp - waits for the end of its input. As small as a program can be, so that ten thousand of it
// fit into a test: linked statically, and begun at its first instruction, for what libc does before main() is most of the
// processor time such a child takes.
// Threads: one.
#include <sys/syscall.h>
#include <unistd.h>

extern "C" [[noreturn]] void _start() {  // NOLINT: the linker asks for this name
  char byte = 0;
  while (syscall(SYS_read, STDIN_FILENO, &byte, 1) > 0) continue;
  for (;;) syscall(SYS_exit_group, 0);
}
