#include <troupe/config/internal/read_actors.hpp>
#include <troupe/config/internal/read_restart.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace troupe::config {
namespace {

constexpr section_kind actor_kind{"actor", "actors", "[actor.warehouse]", max_actors};
constexpr section_kind supervisor_kind{"supervisor", "supervisors", "[supervisor.store]", max_supervisors};

constexpr std::pair<std::string_view, overflow> overflows[] = {
    {"wait", overflow::wait}, {"reject", overflow::reject}, {"drop_oldest", overflow::drop_oldest}};
constexpr std::pair<std::string_view, supervisor::strategy_of> strategies[] = {
    {"one_for_one", supervisor::strategy_of::one_for_one},
    {"one_for_all", supervisor::strategy_of::one_for_all},
    {"rest_for_one", supervisor::strategy_of::rest_for_one}};

void read_place(section& in, actor& out) {
  const value* found = in.take("place");
  if (found == nullptr) return;
  const auto* word = found->as<std::string>();
  if (word == nullptr || word->empty()) {
    in.expected("place", std::string(expected_place), *found);
    return;
  }
  const auto known = std::ranges::find(actor_places, *word, &actor_place::first);
  out.place = known == std::end(actor_places) ? actor::placement::process : known->second;
  if (known == std::end(actor_places)) out.process = *word;
}

void read_mailbox(section& in, actor& out) {
  auto below = in.inside("mailbox", "write mailbox = { capacity = 4096 }");
  if (!below) return;
  assign(out.mailbox.capacity, below->whole("capacity", 0, max_mailbox_capacity));
  assign(out.mailbox.overflow, below->choice("overflow", overflows));
  below->close();
}

void read_options(section& in, actor& out) {
  const value* found = in.take("options");
  if (found == nullptr) return;
  if (const auto* written = found->as<table>()) {
    out.options = *written;
  } else {
    in.expected("options", "a table", *found, "write options = { NAME = VALUE }");
  }
}

void read_actor_keys(section& in, actor& out) {
  out.call = out.name;
  assign(out.call, in.text("call"));
  read_place(in, out);
  read_mailbox(in, out);
  read_options(in, out);
  read_restart(in, out.restart);
  in.close();
}

void read_supervisor_keys(section& in, supervisor& out) {
  assign(out.children, in.texts("children"));
  assign(out.strategy, in.choice("strategy", strategies));
  read_restart(in, out.restart);
  in.close();
}

}  // namespace

std::vector<read_actor> read_actors(section& top, findings& to) {
  return read_named<actor>(top, actor_kind, read_actor_keys, to);
}

std::vector<read_supervisor> read_supervisors(section& top, findings& to) {
  return read_named<supervisor>(top, supervisor_kind, read_supervisor_keys, to);
}

}  // namespace troupe::config
