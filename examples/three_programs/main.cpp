// three_programs - sort FILE | uniq | wc -l without a shell, and how each of the three ended, in its place.
// Usage: three_programs FILE. Exit status: 0 all succeeded, 1 one did not, 2 wrong use.
#include <troupe/spawn/command.hpp>
#include <troupe/spawn/pipes/pipe.hpp>

#include <array>
#include <iostream>
#include <string>
#include <utility>

namespace {

using troupe::result;
using troupe::spawn::child;
using troupe::spawn::command;
using troupe::spawn::stdio;

struct pipeline {
  child sort, uniq, wc;
};

/// A pipe between each two. The commands own the ends and are gone when this returns: a parent that keeps a
/// write end would never let the reader see the end of its input.
result<pipeline> start(const std::string& file) {
  auto first = troupe::spawn::make_pipe();
  auto second = troupe::spawn::make_pipe();
  if (!first) return tl::unexpected(first.error());
  if (!second) return tl::unexpected(second.error());

  command sort("sort"), uniq("uniq"), wc("wc");
  sort.stdin_from(stdio::read_file(file)).stdout_to(stdio::owned(std::move(first->write_end)));
  uniq.stdin_from(stdio::owned(std::move(first->read_end)))
      .stdout_to(stdio::owned(std::move(second->write_end)));
  wc.arg("-l").stdin_from(stdio::owned(std::move(second->read_end))).stdout_to(stdio::piped());

  // Should the second or third not start, the handles of those before kill and reap them.
  auto sorting = sort.spawn();
  if (!sorting) return tl::unexpected(sorting.error());
  auto comparing = uniq.spawn();
  if (!comparing) return tl::unexpected(comparing.error());
  auto counting = wc.spawn();
  if (!counting) return tl::unexpected(counting.error());
  return pipeline{std::move(*sorting), std::move(*comparing), std::move(*counting)};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: three_programs FILE\n";
    return 2;
  }
  auto running = start(argv[1]);
  if (!running) {
    std::cerr << running.error().message() << '\n';
    return 1;
  }
  const auto counted = running->wc.wait_with_output();
  if (!counted) {
    std::cerr << counted.error().message() << '\n';
    return 1;
  }
  const std::array<std::pair<const char*, troupe::spawn::exit_report>, 3> ended{
      {{"sort", running->sort.wait()}, {"uniq", running->uniq.wait()}, {"wc", counted->report}}};
  std::cout << "different lines: " << counted->out.text();
  bool all_well = true;
  for (const auto& [name, report] : ended) {
    std::cout << name << ' ' << report.status.describe() << '\n';
    all_well = all_well && report.status.success();
  }
  return all_well ? 0 : 1;
}
