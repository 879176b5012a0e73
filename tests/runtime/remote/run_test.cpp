// Messages that share a record: what arrives, what it costs of mailbox and credit, and what no gateway sends.
#include "quiet_post.hpp"
#include "shop.hpp"

#include <troupe/runtime/remote/records.hpp>

#include <vector>

namespace run_test {
namespace {

using namespace far_shop;
using namespace std::chrono_literals;
using troupe::byte_buffer;
using troupe::runtime::put;
using troupe::runtime::record_kind;
using troupe::transport::link_id;

TEST_F(remote, messages_of_two_kinds_and_questions_between_them_keep_their_order) {
  const auto far = reach();
  settle();
  for (int i = 0; i < 4; ++i) {
    far.send(deliver{"tea", i});
    far.send(deliver{"milk", i});
    auto asked = far.ask(how_many{"tea"}, 1h);
    far.send(deliver{"tea", 100 + i});
    const auto so_far = answer_to(std::move(asked));
    ASSERT_TRUE(so_far) << so_far.error().message();
    EXPECT_EQ(*so_far, i * (i + 1) / 2 + 100 * i + i * (i - 1) / 2);
  }
  ASSERT_EQ(journal.lines().size(), 12U);
  EXPECT_EQ(journal.lines().at(11), "tea 103");
}

TEST_F(remote, each_message_of_a_run_counts_for_the_window_and_for_the_mailbox) {
  here.reset();
  here.emplace(network, "here", 2, troupe::transport::window{});
  back.reset();
  back.emplace(network, "back", 2, troupe::transport::window{.items = 8, .bytes = 4096});
  local = back->stage.spawn<shop>({.name = "shop"}, journal);
  ASSERT_TRUE(back->gate.offer("shop", local));
  const auto far = reach();
  settle();
  for (int i = 0; i < 8; ++i) ASSERT_TRUE(far.try_send(deliver{"tea", i}));
  network.run_until_idle();
  EXPECT_EQ(troupe::actors::queued(troupe::actors::address_access::cell(local)), 8U);
  for (int i = 8; i < 30; ++i) far.send(deliver{"tea", i});
  network.run_until_idle();
  EXPECT_EQ(troupe::actors::queued(troupe::actors::address_access::cell(local)), 8U)
      << "no more than the window";
  settle();
  ASSERT_EQ(journal.lines().size(), 30U);
  EXPECT_EQ(journal.lines().back(), "tea 29");
}

/// Fails in the middle of a run: the rest of it is for nobody, and is counted.
TEST_F(remote, the_rest_of_a_run_whose_actor_fails_is_dead_letters) {
  const auto far = reach();
  settle();
  far.send(deliver{"tea", 1});
  far.send(fall{"no more paper"});
  for (int i = 0; i < 5; ++i) far.send(deliver{"tea", i});
  settle();
  EXPECT_EQ(back->stage.system().dead_letters().total(), 5U);
  EXPECT_EQ(journal.lines(), (lines{"tea 1"}));
}

/// A peer that writes what it likes; edge 1 leads to "shop".
struct odd_runs : troupe::runtime::one_stage {
  probe::journal journal;
  troupe::address_of<shop> local = stage.spawn<shop>({.name = "shop"}, journal);
  odd_runs() {
    EXPECT_TRUE(gate.offer("shop", local));
    gate.on_up(link_id{7}, {"peer", 1}, false);
    troupe::runtime::open_edge wanted{.name = "shop"};
    for (const auto& each : troupe::actors::remote_types(&local))
      wanted.types.push_back({std::string(each.type->name), each.shape()});
    give(troupe::runtime::written(record_kind::order, 1, troupe::runtime::edge_order(wanted)));
    EXPECT_TRUE(post.closed.empty());
  }
  void give(byte_buffer record) {
    gate.on_records(link_id{7}, {{troupe::runtime::actors_channel.number, record.take()}});
    stage.run_until_idle();
  }
  static byte_buffer run(std::uint16_t type, std::uint32_t edge = 1) {
    byte_buffer record;
    put(record, troupe::runtime::record_head{record_kind::run, type, edge});
    return record;
  }
  static void add(byte_buffer& to, const deliver& what) {
    byte_buffer message;
    encode(message, what);
    put(to, static_cast<std::uint32_t>(message.size()));
    to.append(message.view());
  }
};

TEST_F(odd_runs, are_taken_when_they_are_whole) {
  auto record = run(0);
  add(record, {"tea", 1});
  add(record, {"tea", 2});
  give(std::move(record));
  EXPECT_TRUE(post.closed.empty());
  EXPECT_EQ(journal.lines(), (lines{"tea 1", "tea 2"}));
}

TEST_F(odd_runs, end_the_link_when_there_is_nothing_in_them) {
  give(run(0));
  EXPECT_EQ(post.closed, (std::vector{link_id{7}}));
}

TEST_F(odd_runs, end_the_link_when_they_end_inside_a_length) {
  auto record = run(0);
  add(record, {"tea", 1});
  record.push(std::byte{1});
  give(std::move(record));
  EXPECT_EQ(post.closed, (std::vector{link_id{7}}));
  EXPECT_TRUE(journal.lines().empty());
}

TEST_F(odd_runs, end_the_link_when_they_end_inside_a_message) {
  auto record = run(0);
  put(record, std::uint32_t{100});
  record.push(std::byte{1});
  give(std::move(record));
  EXPECT_EQ(post.closed, (std::vector{link_id{7}}));
}

TEST_F(odd_runs, end_the_link_when_they_are_of_questions_or_of_nothing_known) {
  auto questions = run(1);  // how_many
  add(questions, {"tea", 1});
  give(std::move(questions));
  EXPECT_EQ(post.closed, (std::vector{link_id{7}}));
  gate.on_down(link_id{7}, {errc::malformed, "", 0});
}

TEST_F(odd_runs, end_the_link_when_their_type_was_not_named) {
  auto unknown = run(9);
  add(unknown, {"tea", 1});
  give(std::move(unknown));
  EXPECT_EQ(post.closed, (std::vector{link_id{7}}));
}

TEST_F(odd_runs, end_the_link_when_they_have_more_than_the_window) {
  auto record = run(0);
  for (int i = 0; i <= 16384; ++i) add(record, {"tea", i});
  give(std::move(record));
  EXPECT_EQ(post.closed, (std::vector{link_id{7}}));
  EXPECT_TRUE(journal.lines().empty());
}

TEST_F(odd_runs, end_the_link_when_a_message_in_them_cannot_be_read) {
  auto record = run(0);
  add(record, {"tea", 1});
  put(record, std::uint32_t{1});
  record.push(std::byte{0xc1});  // never used in MessagePack
  give(std::move(record));
  EXPECT_EQ(journal.lines(), (lines{"tea 1"}));
  EXPECT_EQ(post.closed, (std::vector{link_id{7}}));
}

TEST_F(odd_runs, for_an_edge_that_is_over_are_counted_or_end_the_link) {
  auto record = run(0, 5);
  add(record, {"tea", 1});
  add(record, {"tea", 2});
  give(std::move(record));
  EXPECT_EQ(stage.system().dead_letters().total(), 2U);
  EXPECT_TRUE(post.closed.empty());
  auto cut = run(0, 5);
  cut.push(std::byte{1});
  give(std::move(cut));
  EXPECT_EQ(post.closed, (std::vector{link_id{7}}));
}

}  // namespace
}  // namespace run_test
