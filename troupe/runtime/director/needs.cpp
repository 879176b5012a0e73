#include <troupe/runtime/director/needs.hpp>
#include <troupe/runtime/node/exchange.hpp>

#include <sys/resource.h>

#include <vector>

namespace troupe::runtime {
namespace {

/// Standard streams, epoll, wake-ups and what libraries keep open; 17 to 21 were counted.
constexpr std::uint64_t of_any_process = 32;
/// Four pipes, a pidfd and the page, and two more ends while it starts.
constexpr std::uint64_t of_a_worker = 8;
/// A ZeroMQ socket with its monitor, three wake-ups, and the connection.
constexpr std::uint64_t of_a_link_out = 4;
constexpr std::uint64_t of_a_link_in = 1;

constexpr member_id director_process = ~member_id{0};

/// Of a program that a source or sink is joined to: its stream, its standard error, a pidfd and the mark of its end, and
/// the other ends while it starts. A FIFO or a socket needs fewer.
constexpr std::uint64_t of_a_stream = 6;

/// All members of the director live in one process; every worker has its own.
struct process_kind {
  member_id id = director_process;
  std::string name = "the director";
  std::uint64_t processes = 1;
};

std::vector<process_kind> kinds_of(const plan& of) {
  std::vector<process_kind> kinds{{}};
  for (const auto& member : of.members)
    if (member.in_process)
      kinds.push_back({member.id, "each worker of stage '" + member.name + "'", member.most_workers()});
  return kinds;
}

/// Sources and sinks that others write and read.
bool is_stream(const config::source& from) {
  return std::holds_alternative<config::command_source>(from) ||
         std::holds_alternative<config::fifo_source>(from) ||
         std::holds_alternative<config::unix_source>(from);
}

std::uint64_t streams_of(const plan& of) {
  using config::sink;
  std::uint64_t count = 0;
  for (const auto& member : of.members) {
    if (member.source && is_stream(member.source->from)) ++count;
    if (member.sink && member.sink->kind != sink::kind_of::file) ++count;
  }
  return count;
}

/// Of each process of that kind; `needed` is called with the count.
template <class F>
void count_each(const plan& of, F needed) {
  const auto kinds = kinds_of(of);
  const auto home = [&](member_id id) { return of.member(id).in_process ? id : director_process; };
  const auto feeds = [&](member_id from, member_id to) {
    for (const auto& edge : of.edges)
      if (home(edge.from) == from && home(edge.to) == to) return true;
    return false;
  };
  for (const auto& kind : kinds) {
    std::uint64_t count = of_any_process;
    if (kind.id == director_process) count += of_a_stream * streams_of(of);
    for (const auto& other : kinds) {
      if (kind.id == director_process && other.id != director_process) count += of_a_worker * other.processes;
      if (other.id == kind.id) continue;
      if (feeds(kind.id, other.id)) count += of_a_link_out * other.processes;
      if (feeds(other.id, kind.id)) count += of_a_link_in * other.processes;
    }
    needed(kind, count);
  }
}

}  // namespace

descriptor_need descriptors_needed(const plan& of) {
  descriptor_need most;
  count_each(of, [&](const process_kind& kind, std::uint64_t count) {
    if (count > most.count) most = {kind.name, count};
  });
  return most;
}

std::uint64_t descriptors_needed(const plan& of, member_id stage) {
  std::uint64_t found = 0;
  count_each(of, [&](const process_kind& kind, std::uint64_t count) {
    if (kind.id == stage) found = count;
  });
  return found;
}

result<> sockets_fit(const plan& of, const transport::ipc_directory& directory) {
  for (const auto& member : of.members) {
    if (!member.in_process) continue;
    const auto longest = socket_name(of, {member.id, member.most_workers() - 1, std::uint32_t(-1)});
    if (auto endpoint = directory.endpoint(longest); !endpoint) return tl::unexpected(endpoint.error());
  }
  return {};
}

std::optional<std::string> misfit(const plan& of) {
  rlimit limit{};
  const auto need = descriptors_needed(of);
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || need.count <= limit.rlim_max) return std::nullopt;
  return need.process + " needs about " + std::to_string(need.count) + " file descriptors and may open " +
         std::to_string(limit.rlim_max) + ": start fewer workers, or raise the limit (ulimit -Hn)";
}

}  // namespace troupe::runtime
