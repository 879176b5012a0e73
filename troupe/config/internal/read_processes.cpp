#include <troupe/config/internal/read_limits.hpp>
#include <troupe/config/internal/read_processes.hpp>

namespace troupe::config {
namespace {

constexpr section_kind process_kind{"process", "processes", "[process.back]", max_processes};

void read_process_keys(section& in, process& out) {
  read_limits(in, out.limits);
  in.close();
}

}  // namespace

std::vector<read_process> read_processes(section& top, findings& to) {
  return read_named<process>(top, process_kind, read_process_keys, to);
}

}  // namespace troupe::config
