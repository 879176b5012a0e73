#include "../../end_to_end/folder.hpp"
#include "../scene.hpp"

#include <troupe/runtime/members/sink_member.hpp>

#include <fcntl.h>
#include <sys/stat.h>

namespace troupe::runtime::sink_member_test {
namespace {

struct word {
  std::string text;
  std::int64_t length = 0;
};

class sink_member_test : public ::testing::Test {
 protected:
  sink_member_test() {
    static_cast<void>(stages.add(define_stage("spell", [](std::int64_t) { return word{}; })));
  }

  sink_member make(const std::string& path) {
    on.of.members[1].call = "spell";
    on.of.members[2].sink->path = path;
    auto file = sink_file::open(*on.of.member(sink_id).sink, abandoned);
    EXPECT_TRUE(file) << file.error().message();
    const member_setting all = on.setting();
    return {{on.of, stages, on.by, all.tell_director, all.log, {}, nullptr},
            the_sink,
            std::move(*file),
            counters};
  }
  sink_member make() { return make(home.path("out")); }
  [[nodiscard]] std::string written() const { return home.read("out"); }

  static arrival item(std::uint64_t number, const std::string& text) {
    return item_of(the_stage, to_sink, number, number, encoded(word{text, 1}));
  }
  std::string acknowledged() {
    on.settle();
    return stage.acknowledged();
  }

  const end_to_end::folder home;
  std::atomic<bool> abandoned{false};
  run_counters counters;
  registry stages;
  scene on;
  const testimony& stage = on.place(the_stage);
};

TEST_F(sink_member_test, writes_items_in_their_order_and_acknowledges_them) {
  auto sink = make();
  sink.on(arrivals{{item(1, "a"), item(2, "b")}});
  EXPECT_EQ(written(), "{\"text\":\"a\",\"length\":1}\n{\"text\":\"b\",\"length\":1}\n");
  EXPECT_EQ(acknowledged(), "1-2");
  EXPECT_EQ(stage.answered[0].from, the_sink);
  EXPECT_EQ(stage.answered[0].edge, to_sink);
  EXPECT_EQ(counters.items_written, 2U);
}

TEST_F(sink_member_test, writes_the_text_alone_as_lines) {
  on.of.members[2].sink->format = config::sink::format_of::lines;
  auto sink = make();
  sink.on(arrivals{{item(1, "a"), item(2, "")}});
  EXPECT_EQ(written(), "a\n\n");
}

TEST_F(sink_member_test, writes_messagepack_as_items_travel) {
  on.of.members[2].sink->format = config::sink::format_of::msgpack;
  auto sink = make();
  sink.on(arrivals{{item(1, "a"), item(2, "bc")}});
  EXPECT_EQ(written(),
            "\x92\xa1"
            "a\x01\x92\xa2"
            "bc\x01");
  EXPECT_EQ(counters.items_written, 2U);
}

TEST_F(sink_member_test, writes_a_copy_once_and_acknowledges_it_each_time) {
  auto sink = make();
  sink.on(arrivals{{item(1, "a")}});
  auto copy = item(1, "a");
  copy.header.number = 2;
  sink.on(arrivals{{copy}});
  EXPECT_EQ(written(), "{\"text\":\"a\",\"length\":1}\n");
  EXPECT_EQ(acknowledged(), "1-2");
  EXPECT_EQ(counters.items_written, 1U);
  EXPECT_TRUE(on.reports.empty());
}

TEST_F(sink_member_test, drops_what_the_watermark_says_is_complete_and_acknowledges_it) {
  auto sink = make();
  sink.on(watermark_notice{source_id, 2});
  sink.on(arrivals{{item(1, "a"), item(2, "b")}});
  EXPECT_EQ(written(), "{\"text\":\"b\",\"length\":1}\n");
  EXPECT_EQ(acknowledged(), "1-2");
}

TEST_F(sink_member_test, remarks_on_stages_that_give_another_number_of_outputs_the_second_time) {
  auto sink = make();
  sink.on(arrivals{{item(1, "a")}});
  auto other = item(1, "a");
  other.header.item.path.back().count = 2;
  sink.on(arrivals{{other}});
  const auto remarks = on.reported<remark>();
  ASSERT_EQ(remarks.size(), 1U);
  EXPECT_NE(remarks[0].text.find("the stages before 'work.to' are not deterministic"), std::string::npos);
  EXPECT_EQ(written(), "{\"text\":\"a\",\"length\":1}\n");
}

TEST_F(sink_member_test, acknowledges_large_items_as_soon_as_each_is_written) {
  auto sink = make();
  const std::string large(300'000, 'x');
  sink.on(arrivals{{item(1, large), item(2, large), item(3, "last")}});
  EXPECT_EQ(acknowledged(), "1-3");
  EXPECT_EQ(stage.answered.size(), 3U);
}

TEST_F(sink_member_test, writes_in_the_order_of_the_source_where_that_is_asked) {
  on.of.edges[to_sink - 1].ordered = true;
  on.of.members[2].sink->format = config::sink::format_of::lines;
  auto sink = make();
  auto second_half = item(4, "c2");
  second_half.header.item.seq = 3;
  second_half.header.item.path.back().index = 1;
  sink.on(arrivals{{second_half, item(2, "b"), item(3, "c"), item(5, "e")}});
  EXPECT_EQ(written(), "");
  EXPECT_EQ(acknowledged(), "2-5");
  sink.on(arrivals{{item(1, "a"), item(2, "b")}});
  sink.on(watermark_notice{source_id, 4});
  EXPECT_EQ(written(), "a\nb\nc\nc2\n");
  sink.on(watermark_notice{source_id, 6});
  EXPECT_EQ(written(), "a\nb\nc\nc2\ne\n");
  EXPECT_EQ(counters.items_written, 5U);
}

TEST_F(sink_member_test, never_acknowledges_what_could_not_be_written) {
  auto sink = make("/dev/full");
  sink.on(arrivals{{item(1, "a")}});
  EXPECT_EQ(acknowledged(), "");
  EXPECT_EQ(counters.items_written, 0U);
  const auto troubles = on.reported<trouble>();
  ASSERT_EQ(troubles.size(), 1U);
  EXPECT_EQ(troubles[0].kind, trouble_kind::output);
  EXPECT_EQ(troubles[0].what.rfind("write to '/dev/full': ", 0), 0U) << troubles[0].what;
}

TEST_F(sink_member_test, is_silent_after_it_has_failed) {
  auto sink = make("/dev/full");
  sink.on(arrivals{{item(1, "a")}});
  sink.on(arrivals{{item(2, "b")}});
  sink.on(order{order_kind::finish});
  EXPECT_EQ(on.reports.size(), 1U);
  EXPECT_EQ(acknowledged(), "");
}

TEST_F(sink_member_test, tells_a_reader_that_went_away_from_a_failure) {
  ASSERT_EQ(::mkfifo(home.path("fifo").c_str(), 0600), 0);
  unique_fd reader(::open(home.path("fifo").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  auto sink = make(home.path("fifo"));
  reader.reset();
  sink.on(arrivals{{item(1, "a")}});
  const auto troubles = on.reported<trouble>();
  ASSERT_EQ(troubles.size(), 1U);
  EXPECT_EQ(troubles[0].kind, trouble_kind::output_reader_gone);
  EXPECT_EQ(acknowledged(), "");
}

TEST_F(sink_member_test, fails_over_an_item_that_it_cannot_read) {
  auto sink = make();
  sink.on(arrivals{{item_of(the_stage, to_sink, 1, 1, encoded(std::string("no word")))}});
  const auto troubles = on.reported<trouble>();
  ASSERT_EQ(troubles.size(), 1U);
  EXPECT_EQ(troubles[0].what.rfind("format an item for '" + home.path("out") + "': ", 0), 0U)
      << troubles[0].what;
  EXPECT_EQ(acknowledged(), "");
  EXPECT_EQ(written(), "");
}

TEST_F(sink_member_test, says_that_it_has_closed_when_told_to_finish) {
  auto sink = make();
  sink.on(arrivals{{item(1, "a")}});
  sink.on(order{order_kind::no_more});
  EXPECT_TRUE(on.reports.empty());
  sink.on(order{order_kind::finish});
  const auto closed = on.reported<terminal_closed>();
  ASSERT_EQ(closed.size(), 1U);
  EXPECT_EQ(closed[0].terminal, sink_id);
  EXPECT_EQ(on.reports[0].from, the_sink);
}

}  // namespace
}  // namespace troupe::runtime::sink_member_test
