#include <troupe/spawn/internal/process_table.hpp>
#include <troupe/spawn/processes.hpp>

#include <algorithm>
#include <unordered_map>

namespace troupe::spawn {
namespace {

bool is_alive(const process_info& info) {
  const bool first_thread_ended = info.state == process_state::zombie || info.state == process_state::dead;
  return !first_thread_ended || info.threads > 1;
}

}  // namespace

result<process_info> inspect(pid_t id) {
  const auto pidfd =
      internal::open_pidfd(id);  // refuses a thread's number, which /proc would show as a process
  if (!pidfd) return tl::unexpected(within("look at process " + std::to_string(id), pidfd.error()));
  return internal::process_table::open().and_then([&](auto table) { return table.read(id); });
}

result<std::vector<process_info>> list_processes() {
  return internal::process_table::open().and_then([](auto table) { return table.list(); });
}

result<std::vector<process_info>> tree_below(pid_t root) {
  const auto all = list_processes();
  if (!all) return tl::unexpected(all.error());
  const auto found =
      std::find_if(all->begin(), all->end(), [&](const auto& one) { return one.key.id == root; });
  if (found == all->end())
    return fail(errc::not_found, "look below process " + std::to_string(root) + ": there is none");
  return tree_below(found->key, *all);
}

result<std::vector<process_info>> tree_below(process_key root) {
  const auto all = list_processes();
  if (!all) return tl::unexpected(all.error());
  const auto found = std::find_if(all->begin(), all->end(), [&](const auto& one) { return one.key == root; });
  if (found == all->end())
    return fail(errc::not_found, "look below process " + std::to_string(root.id) +
                                     ": it has ended, and its number is free or another process's by now");
  return tree_below(root, *all);
}

std::vector<process_info> tree_below(process_key root, const std::vector<process_info>& all) {
  std::unordered_map<pid_t, std::vector<const process_info*>> children;
  const process_info* top = nullptr;
  for (const auto& one : all) {
    children[one.parent].push_back(&one);
    if (one.key == root) top = &one;
  }
  if (top == nullptr) return {};

  std::vector<const process_info*> reached = {top};
  for (std::size_t next = 0; next < reached.size(); ++next) {
    const process_info* parent = reached[next];
    // Taken out, so that each is reached once: loops within one tick are not found by the start times.
    auto below = children.extract(parent->key.id);
    if (below.empty()) continue;
    for (const process_info* one : below.mapped())
      if (one != top && one->key.started >= parent->key.started) reached.push_back(one);
  }

  std::vector<process_info> tree;
  for (std::size_t i = 1; i < reached.size(); ++i)
    if (is_alive(*reached[i])) tree.push_back(*reached[i]);
  return tree;
}

}  // namespace troupe::spawn
