// External programs in a plan: what they take and give, what fits and what does not.
#include <troupe/base/codec.hpp>
#include <troupe/runtime/plan/make_plan.hpp>
#include <troupe/runtime/programs/program_stage.hpp>

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace troupe::runtime::plan_programs_test {
namespace {

struct word {
  std::string text;
};
struct two_texts {
  std::string a, b;
};

registry stages() {
  registry all;
  const auto add = [&](stage_definition d) { ASSERT_TRUE(all.add(std::move(d))); };
  add(define_stage("word", [](line l) { return word{l.text}; }));
  add(define_stage("two", [](line l) { return two_texts{l.text, l.text}; }));
  add(define_stage("swallow", [](line) {}));
  add(define_stage("take_line", [](line) {}));
  add(define_stage("take_lines", [](lines) {}));
  add(define_stage("take_json", [](json_text) {}));
  add(define_stage("take_file", [](file) {}));
  return all;
}

struct outcome {
  std::optional<plan> made;
  std::vector<std::string> errors;
};

outcome make(const std::string& text) {
  const auto file = config::parse(text, "some {folder}/p.toml");
  outcome result;
  if (!file) {
    for (const auto& d : file.error()) result.errors.push_back(config::to_string(d));
    return result;
  }
  auto made = make_plan(*file, stages());
  if (made)
    result.made = std::move(*made);
  else
    for (const auto& d : made.error()) result.errors.push_back(config::to_string(d));
  return result;
}

member_plan member_named(const outcome& of, const std::string& name) {
  EXPECT_TRUE(of.made) << of.errors.at(0);
  if (of.made)
    for (const auto& member : of.made->members)
      if (member.name == name) return member;
  ADD_FAILURE() << "no member " << name;
  return {};
}

const std::string from_lines = "from = { stdin = true }\n";
const std::string to_out = "to = { file = '-', format = 'lines' }\n";
const std::string cat = "command = ['cat']\n";

TEST(program, per_item_takes_single_items_and_gives_nothing_unless_asked) {
  const auto got = make("[stage.a]\nfrom = { files = '*.txt' }\n" + cat);
  const auto a = member_named(got, "a");
  ASSERT_TRUE(a.program);
  EXPECT_FALSE(a.program->what.in || a.program->what.out);
  EXPECT_FALSE(a.takes_batches);
  EXPECT_TRUE(a.in_process);
  EXPECT_EQ(member_named(got, "a.from").source->pack, packing::single);
  EXPECT_EQ(got.made->edge(1).shape, shape_of<file>());
}

TEST(program, persistent_takes_lines_in_blocks_and_gives_blocks) {
  const auto got = make("[stage.a]\nmode = 'persistent'\n" + cat + from_lines + to_out);
  const auto a = member_named(got, "a");
  EXPECT_EQ(a.program->what.in, framing::lines);
  EXPECT_EQ(a.program->what.out, framing::lines);
  EXPECT_TRUE(a.program->gives_blocks);
  EXPECT_TRUE(a.takes_batches);
  EXPECT_EQ(member_named(got, "a.from").source->pack, packing::block);
}

TEST(program, gives_single_lines_where_somebody_takes_those) {
  const auto gives = [](const std::string& call) {
    return member_named(make("[stage.a]\nmode = 'persistent'\n" + cat + from_lines +
                             "[stage.b]\nfrom = 'a'\ncall = '" + call + "'\n"),
                        "a")
        .program->gives_blocks;
  };
  EXPECT_TRUE(gives("take_lines"));
  EXPECT_FALSE(gives("take_line"));
}

TEST(program, chooses_json_for_items_without_a_single_text) {
  const auto in_of = [](const std::string& call) {
    return member_named(make("[stage.a]\ncall = '" + call + "'\n" + from_lines +
                             "[stage.b]\nfrom = 'a'\nmode = 'persistent'\n" + cat + to_out),
                        "b")
        .program->what.in;
  };
  EXPECT_EQ(in_of("word"), framing::lines);
  EXPECT_EQ(in_of("two"), framing::jsonl);
}

TEST(program, hands_json_on_as_json) {
  const auto got = make("[stage.a]\nmode = 'persistent'\nstdin = 'jsonl'\n" + cat + from_lines +
                        "[stage.b]\nfrom = 'a'\nmode = 'per_batch'\n" + cat + to_out);
  EXPECT_EQ(member_named(got, "b").program->what.in, framing::jsonl);
  EXPECT_EQ(member_named(got, "b").program->what.out, framing::jsonl);
}

TEST(program, per_batch_behind_a_stage_has_an_anchor_that_forms_its_batches) {
  const auto got =
      make("[stage.a]\ncall = 'word'\n" + from_lines +
           "[stage.b]\nfrom = 'a'\nmode = 'per_batch'\nbatch = { size = 7 }\nworkers = 2\n" + cat + to_out);
  const auto former = member_named(got, "b.batch");
  ASSERT_TRUE(former.gathers);
  EXPECT_EQ(former.gathers->size, 7U);
  EXPECT_TRUE(former.is_origin() && former.is_terminal());
  EXPECT_FALSE(former.in_process);
  const auto b = member_named(got, "b");
  EXPECT_TRUE(b.takes_batches);
  EXPECT_EQ(got.made->edge(b.in.at(0)).from, former.id);
  EXPECT_EQ(member_named(got, "b.to").origins, (std::vector<member_id>{former.id}));
  const auto definition = find_stage(*got.made, b, stages());
  ASSERT_TRUE(definition && definition->split);
  byte_buffer batch;
  encode(batch, std::vector<bytes>(3));
  EXPECT_EQ(definition->split(batch.take())->size(), 3U);
}

TEST(program, per_batch_behind_blocks_of_lines_takes_those_as_batches) {
  const auto got = make("[stage.a]\nmode = 'persistent'\n" + cat + from_lines +
                        "[stage.b]\nfrom = 'a'\nmode = 'per_batch'\n" + cat + to_out);
  EXPECT_TRUE(member_named(got, "a").program->gives_blocks);
  const auto b = member_named(got, "b");
  EXPECT_EQ(got.made->edge(b.in.at(0)).from, member_named(got, "a").id);
}

TEST(program, has_paths_relative_to_the_file_whatever_its_folder_is_called) {
  const auto got = make(
      "[stage.a]\nfrom = { files = '*.txt' }\ncommand = ['cp', '{input}', '{output}']\noutput = "
      "'out/{stem}'\n" +
      to_out.substr(0, to_out.find(',')) + " }\n");
  EXPECT_EQ(member_named(got, "a").program->what.output, "some {{folder}}/out/{stem}");
}

TEST(program, travels_to_workers_as_bytes) {
  const auto got = make("[stage.a]\nmode = 'persistent'\n" + cat + from_lines + to_out);
  ASSERT_TRUE(got.made);
  byte_buffer out;
  encode(out, *got.made);
  const auto back = decode<plan>(out.view());
  ASSERT_TRUE(back) << back.error().message();
  EXPECT_EQ(back->member(1).program->what, got.made->member(1).program->what);
}

struct wrong {
  const char* name;
  std::string text;
  const char* says;
};

class program_refuses : public ::testing::TestWithParam<wrong> {};

TEST_P(program_refuses, with_place_and_reason) {
  const auto got = make(GetParam().text);
  ASSERT_FALSE(got.made);
  ASSERT_EQ(got.errors.size(), 1U) << got.errors[1];
  EXPECT_NE(got.errors[0].find(GetParam().says), std::string::npos) << got.errors[0];
  EXPECT_EQ(got.errors[0].rfind("some {folder}/p.toml:", 0), 0U) << got.errors[0];
}

const std::string two_then = "[stage.a]\ncall = 'two'\n" + from_lines + "[stage.b]\nfrom = 'a'\n" + cat;
const std::string answers_in_lines = "[stage.a]\nstdout = 'lines'\n" + cat + from_lines;

INSTANTIATE_TEST_SUITE_P(
    plans, program_refuses,
    ::testing::Values(
        wrong{"that_is_not_there", "[stage.a]\ncommand = ['no-such-program']\n" + from_lines,
              ":2:12: error: stage 'a': there is no program 'no-such-program' in PATH; install it"},
        wrong{"a_sink_for_what_is_not_read", "[stage.a]\n" + cat + from_lines + to_out,
              "has a sink but gives nothing: its program's output is not read; add stdout = \"lines\""},
        wrong{"output_that_nobody_takes", answers_in_lines, "gives line, which nobody takes"},
        wrong{"a_stage_before_it_that_gives_nothing",
              "[stage.a]\ncall = 'swallow'\n" + from_lines + "[stage.b]\nfrom = 'a'\n" + cat,
              ":5:8: error: stage 'b' takes from 'a', which gives nothing"},
        wrong{"a_program_before_it_that_gives_nothing",
              "[stage.a]\n" + cat + from_lines + "[stage.b]\nfrom = 'a'\n" + cat,
              "gives nothing; give 'a' stdout = \"lines\", or an output"},
        wrong{"items_without_a_text_as_lines", two_then + "stdin = 'lines'\n",
              ":7:9: error: stage 'b' takes two_texts, which has no single text but only a JSON form; write "
              "stdin = "
              "\"jsonl\""},
        wrong{"items_without_a_text_as_file_names",
              "[stage.a]\ncall = 'two'\n" + from_lines +
                  "[stage.b]\nfrom = 'a'\ncommand = ['cp', '{output}']\noutput = '{stem}'\nto = { file = '-' "
                  "}\n",
              "so that no file can have its name"},
        wrong{"different_types_from_several",
              "[stage.a]\ncall = 'two'\n" + from_lines + "[stage.w]\ncall = 'word'\n" + from_lines +
                  "[stage.b]\nfrom = ['a', 'w']\n" + cat,
              ":8:14: error: stage 'b' is a program and takes two_texts, but 'w' gives word"},
        wrong{"a_stage_behind_it_of_another_type",
              answers_in_lines + "[stage.b]\nfrom = 'a'\ncall = 'take_json'\n",
              "an external program gives troupe::line or lines, troupe::json_text or troupe::file"},
        wrong{"a_batch_where_blocks_come",
              "[stage.a]\nmode = 'persistent'\n" + cat + from_lines +
                  "[stage.b]\nfrom = 'a'\nmode = 'persistent'\nbatch = { size = 2 }\n" + cat + to_out,
              "has batches only where 'from' is a source; remove batch"}),
    [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace troupe::runtime::plan_programs_test
