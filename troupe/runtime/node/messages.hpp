// runtime/node/messages.hpp - what the actors of a node tell each other, and what travels on links beside
// items.
// Threads: plain values, moved from actor to actor.
// Source: docs/delivery.md; docs/wire-format.md for the records.
#pragma once
#include <troupe/base/bytes.hpp>
#include <troupe/base/error.hpp>
#include <troupe/runtime/delivery/charges.hpp>
#include <troupe/runtime/delivery/lineage.hpp>
#include <troupe/runtime/delivery/outbox.hpp>
#include <troupe/runtime/delivery/running_page.hpp>
#include <troupe/runtime/node/packed_outputs.hpp>
#include <troupe/runtime/sources/item_source.hpp>

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace troupe::runtime {

/// Who sent an item, and where to answer: link 0 is this node itself.
struct sender {
  instance who;
  edge_id edge = 0;
  std::uint64_t link = 0;
};

/// One item on its way into a member's mailbox.
struct arrival {
  sender from;
  item_header header;
  bytes payload;
  std::uint64_t credit = 0;  // bytes to give back to the link when it is dequeued; 0 for items of this node
};
struct arrivals {
  std::vector<arrival> items;
};

/// Acknowledgements for a producer: numbers on the channel from it to `from`.
struct answers {
  instance from;
  edge_id edge = 0;
  std::vector<number_range> numbers;
  progress done;
};

/// Where an edge returns: the acknowledgement of one item, with what its execution gave.
struct returned {
  instance from;
  edge_id edge = 0;
  std::uint64_t number = 0;  // on the channel to `from`
  packed_outputs outputs;
};
struct returns {
  std::vector<returned> items;
};

/// A consumer can be reached now, or no longer.
struct consumer_news {
  instance who;
  bool up = false;
};

/// That worker is to end when it has finished what it holds: its senders send it nothing more, and report
/// consumer_released.
struct consumer_retires {
  instance who;
};

/// The director's word about a dead worker, to every node.
struct death_notice {
  instance who;
  std::vector<channel_mark> marks;
  bool marks_complete = true;
  std::vector<verdict> verdicts;
};

/// The director's word about items that failed in a living worker.
struct verdict_notice {
  std::vector<verdict> verdicts;
};

/// How far an origin is: for its terminals.
struct watermark_notice {
  member_id origin = 0;
  std::uint64_t watermark = 0;
};

/// What a source's reader has read. `at_end` comes with the last ones, `failed` instead of them.
struct portions {
  std::vector<portion> items;
  bool at_end = false;
  std::vector<error> failed;  // none or one
};

enum class order_kind : std::uint8_t {
  begin,    // sources: read
  no_more,  // sources: stop reading; what was sent is still finished
  finish,   // terminals: all inputs are complete: run finish, flush, close
  work      // to itself: go on with the queue
};
struct order {
  order_kind what = order_kind::work;
};

// --- what members report to the director
// -------------------------------------------------------------------------

/// An origin that has sent all and got everything acknowledged.
struct origin_ended {
  member_id origin = 0;
};
/// A terminal that has finished: flushed and closed.
struct terminal_closed {
  member_id terminal = 0;
};
/// What a failed item says of itself is cut to so many bytes.
inline constexpr std::size_t max_failure_text = 64U << 10U;

/// A stage threw on an item, or its external program died of it; the worker lives and has dropped the item.
struct item_failed {
  member_id stage = 0;
  lineage item;
  bool may_split = false;
  std::string what;
  failure kind = failure::thrown;  // crash and killed: of an external program
};
/// The bytes of a quarantined item, from whoever sent it last.
struct item_handed_in {
  member_id stage = 0;
  lineage item;
  bytes payload;
  bool may_be_delivered = false;
};
/// Something that ends the run.
enum class trouble_kind : std::uint8_t { input, output, output_reader_gone, stage, internal };
struct trouble {
  trouble_kind kind = trouble_kind::internal;
  std::string what;
};
/// Worth a line in the log, once per text.
struct remark {
  std::string text;
};
/// An item that something was held against is complete: it need not be remembered any longer.
struct item_settled {
  member_id stage = 0;
  lineage item;
};
/// A worker sent what no worker may send. One process cannot be trusted any more; the run can go on without it.
struct broken_protocol {
  instance by;
  std::string what;
};
/// A consumer that retires has answered for everything that the reporting member had sent it.
struct consumer_released {
  instance who;
};
using report_body = std::variant<origin_ended, terminal_closed, item_failed, item_handed_in, trouble, remark,
                                 broken_protocol, item_settled, consumer_released, watermark_notice>;
struct report {
  instance from;
  report_body body;
};

// --- records on links
// --------------------------------------------------------------------------------------------

/// Acknowledgements, see `answers`.
struct answer_record {
  edge_id edge = 0;
  std::uint32_t consumer_slot = 0;
  std::uint32_t producer_slot = 0;
  std::vector<number_range> numbers;
  progress done;
};
/// See `returned`; the outputs stand behind it.
struct return_record {
  edge_id edge = 0;
  std::uint32_t consumer_slot = 0;
  std::uint32_t producer_slot = 0;
  std::uint64_t number = 0;
  std::uint32_t count = 1;
  std::vector<std::uint32_t> sizes;
};
/// To a consumer: nobody waits any more for what this item of its gives.
struct call_off_record {
  edge_id edge = 0;
  std::uint64_t number = 0;
};
/// What the control channel carries.
using control_record = std::variant<answer_record, return_record, call_off_record>;

}  // namespace troupe::runtime
