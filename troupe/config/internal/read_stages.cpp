#include <troupe/base/allowed.hpp>
#include <troupe/config/internal/read_ends.hpp>
#include <troupe/config/internal/read_program.hpp>
#include <troupe/config/internal/read_restart.hpp>
#include <troupe/config/internal/read_stages.hpp>
#include <troupe/config/internal/read_worker.hpp>

#include <utility>

namespace troupe::config {
namespace {

using namespace std::chrono_literals;

constexpr section_kind stage_kind{"stage", "stages", "[stage.parse]", max_stages};
constexpr std::size_t one_mib = std::size_t{1024} * 1024;

// Keys that are designed but not built: they deserve a better answer than "unknown".
constexpr std::string_view later_keys[] = {"launcher"};

constexpr std::pair<std::string_view, stage::placement> places[] = {{"process", stage::placement::process},
                                                                    {"thread", stage::placement::thread}};
constexpr std::pair<std::string_view, after_quarantine> afters[] = {{"continue", after_quarantine::go_on},
                                                                    {"stop", after_quarantine::stop}};

void read_batch(section& in, stage& out) {
  auto below = in.inside("batch", "write batch = { size = 1000 }");
  if (!below) return;
  batch read;
  assign(read.size, below->whole("size", 1, 1'000'000));
  assign(read.bytes, below->size("bytes", 1, 64 * one_mib));
  assign(read.wait, below->duration("wait", 1ms, 1h));
  below->close();
  out.batch = read;
}

void read_ordered(section& in, stage& out) {
  const value* found = in.take("ordered");
  if (found == nullptr) return;
  if (const auto* truth = found->as<bool>()) {
    if (*truth) out.ordered.emplace();
    return;
  }
  if (found->as<table>() == nullptr) {
    in.expected("ordered", "true, false or a table such as { size = 1000 }", *found);
    return;
  }
  auto below = in.inside("ordered");
  reorder read;
  assign(read.size, below->whole("size", 1, 1'000'000));
  assign(read.bytes, below->size("bytes", 1, 4096 * one_mib));
  below->close();
  out.ordered = read;
}

void read_when(section& in, stage& out) {
  const value* found = in.take("when");
  if (found == nullptr) return;
  constexpr auto what = "a table of fields and the values they must have";
  constexpr auto hint = "write when = { kind = \"error\" }";
  const auto* fields = found->as<table>();
  if (fields == nullptr || fields->empty()) return in.expected("when", what, *found, hint);
  for (const auto& field : *fields) {
    const auto& is = field.value;
    if (is.as<array>() != nullptr || is.as<table>() != nullptr || is.as<date>() != nullptr)
      return in.expected("when." + field.key, "a string, a number, true or false", is);
  }
  out.when = *fields;
}

void read_stage_keys(section& in, stage& out) {
  out.call = out.name;
  read_from(in, out);
  read_to(in, out);
  assign(out.call, in.text("call"));
  read_staff(in, out);
  assign(out.place, in.choice("place", places));
  assign(out.timeout, in.duration("timeout", allowed::timeout));
  assign(out.max_attempts, in.whole("max_attempts", allowed::max_attempts));
  read_retry(in, out.retry);
  assign(out.quarantine, in.text("quarantine"));
  assign(out.on_quarantine, in.choice("on_quarantine", afters));
  read_batch(in, out);
  read_when(in, out);
  assign(out.key, in.text("key"));
  read_ordered(in, out);
  assign(out.max_in_flight, in.whole("max_in_flight", 1, 1'000'000));
  read_program(in, out);
  read_restart(in, out.restart);
  read_worker(in, out.worker);
  in.close(later_keys);
}

}  // namespace

std::vector<read_stage> read_stages(section& top, findings& to) {
  return read_named<stage>(top, stage_kind, read_stage_keys, to);
}

}  // namespace troupe::config
