#include <troupe/base/error.hpp>
#include <troupe/cli/command_line.hpp>
#include <troupe/cli/exit_status.hpp>
#include <troupe/cli/load_plan.hpp>
#include <troupe/cli/plan_dot.hpp>
#include <troupe/runtime/programs/filter_text.hpp>

#include <iostream>

namespace troupe::cli {

int graph_verb(const request& what, const runtime::registry& program) {
  const auto got = load_wiring(what, program);
  if (!got) return got.error();
  const auto dot = dot_of(got->plan, got->file);
  if (!what.svg) {
    std::cout << dot;
    return exit_done;
  }
  const auto drawn = runtime::filter_text({"dot", "-Tsvg"}, dot);
  if (drawn) {
    std::cout << *drawn;
    return exit_done;
  }
  std::cerr << "error: draw the graph of " << what.file << ": ";
  if (drawn.error().code == errc::not_found)
    std::cerr << "the program 'dot' is not in PATH; it is in the package graphviz: apt-get install graphviz. "
                 "Without --svg the graph is printed as text\n";
  else
    std::cerr << drawn.error().message() << '\n';
  return exit_failed;
}

}  // namespace troupe::cli
