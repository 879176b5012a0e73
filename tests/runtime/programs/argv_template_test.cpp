#include <troupe/runtime/programs/argv_template.hpp>

#include <gtest/gtest.h>

namespace troupe::runtime::argv_template_test {
namespace {

using words = std::vector<std::string>;

words expanded(const words& command, const item_words& of) {
  return argv_template(command).expand(of);
}

TEST(argv_template, puts_the_item_where_its_placeholders_stand) {
  EXPECT_EQ(expanded({"convert", "{input}", "-o{output}", "{name}:{stem}"}, {"in/a.tar.gz", "out/b"}),
            (words{"convert", "in/a.tar.gz", "-oout/b", "a.tar.gz:a.tar"}));
}

TEST(argv_template, leaves_an_item_one_argument_whatever_is_in_it) {
  const std::string nasty = "a b'c\"d\ne;$(f) *";
  EXPECT_EQ(expanded({"x", "{input}"}, {nasty, {}}), (words{"x", nasty}));
}

TEST(argv_template, does_not_look_for_placeholders_in_an_item) {
  EXPECT_EQ(expanded({"x", "{input}"}, {"{output}", "secret"}), (words{"x", "{output}"}));
}

TEST(argv_template, keeps_a_path_that_begins_with_a_dash_from_being_an_option) {
  EXPECT_EQ(expanded({"x", "{input}", "--in={input}"}, {"-rf", {}, true}), (words{"x", "./-rf", "--in=-rf"}));
}

TEST(argv_template, leaves_a_text_that_begins_with_a_dash_as_it_is) {
  EXPECT_EQ(expanded({"x", "{input}"}, {"-1", {}, false}), (words{"x", "-1"}));
}

struct name_row {
  const char* path;
  const char* name;
  const char* stem;
};

TEST(file_names, are_what_stands_behind_the_last_slash) {
  for (const auto& row : {name_row{"a/b.tar.gz", "b.tar.gz", "b.tar"}, name_row{"b", "b", "b"},
                          name_row{"/x/.profile", ".profile", ".profile"}, name_row{"a/", "", ""},
                          name_row{"a.b/c", "c", "c"}, name_row{"c.", "c.", "c"}, name_row{"", "", ""}}) {
    EXPECT_EQ(file_name_of(row.path), row.name) << row.path;
    EXPECT_EQ(file_stem_of(row.path), row.stem) << row.path;
  }
}

TEST(quoted, shows_each_argument_on_one_line) {
  EXPECT_EQ(quoted({"gzip", "-9", "a b\n"}), R"(gzip -9 'a b\n')");
  EXPECT_EQ(shell_words({"gzip", "it's", "", "a b", "c\n\xff'\\"}),
            R"(gzip 'it'\''s' '' 'a b' $'c\x0a\xff\'\\')");
  EXPECT_EQ(shell_words({"caf\xc3\xa9"}), "'caf\xc3\xa9'");
}

TEST(quoted, cuts_what_is_long) {
  EXPECT_LT(quoted(words(1000, "argument")).size(), 250U);
}

}  // namespace
}  // namespace troupe::runtime::argv_template_test
