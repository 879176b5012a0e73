// Which structs options may be, and what the compiler says about another one.
#include "option_scene.hpp"

#include <troupe/base/sanitizers.hpp>

#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <deque>
#include <filesystem>
#include <fstream>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <ratio>
#include <unordered_map>

namespace troupe::runtime::option_types_test {
namespace {

enum class colour { red };
enum unfixed { a_value };
enum class far { away = 1000 };

struct inner {
  int depth = 0;
};
struct tree {
  std::vector<tree> below;
};
struct good_options {
  bool flag = false;
  std::uint64_t whole = 0;
  float real = 0;
  std::string text;
  std::chrono::hours time{1};
  std::chrono::duration<double, std::pico> fine{1};
  colour paint = colour::red;
  address<int> to;
  std::optional<inner> maybe;
  std::deque<inner> queue;
  std::list<std::vector<int>> lists;
  std::map<std::string, inner> sorted;
  std::unordered_map<std::string, tree> hashed;
};
static_assert(fillable<good_options>);
static_assert(fillable<inner>);

template <class T>
struct with {
  T it;
};
struct based : inner {
  int more = 0;
};
struct with_array {
  int values[3];
};
class closed {
 public:
  closed() = default;

 private:
  [[maybe_unused]] int inside_ = 0;
};
struct needs_a_value {
  explicit needs_a_value(int) {}
};

template <class T>
std::string why_not() {
  static_assert(!fillable<T>);
  constexpr auto sentence = why_not_fillable<T>();
  const std::string lead = "troupe: options cannot be filled from the file: ";
  const std::string whole(sentence.view());
  EXPECT_TRUE(whole.starts_with(lead)) << whole;
  return whole.substr(lead.size());
}

TEST(option_types, without_a_form_in_the_file_are_refused_by_the_name_of_their_field) {
  EXPECT_EQ(why_not<with<char*>>(), "field 'it' of type 'char*' cannot stand in a file");
  EXPECT_EQ(why_not<with<std::unique_ptr<int>>>().substr(0, 30), "field 'it' of type 'unique_ptr");
  EXPECT_EQ(why_not<with<std::string_view>>().find("cannot stand in a file") != std::string::npos, true);
  EXPECT_EQ(why_not<with<closed>>(), "field 'it' of type 'closed' cannot stand in a file");
}

TEST(option_types, of_numbers_and_enums_that_are_refused_say_why) {
  EXPECT_EQ(why_not<with<char>>(), "field 'it' of type 'char' is a character: use std::string");
  EXPECT_EQ(why_not<with<unfixed>>(), "field 'it' of type 'unfixed' is neither scoped nor of a fixed type");
  EXPECT_EQ(why_not<with<far>>(), "field 'it' of type 'far' has no enumerators from -16 to 127");
  EXPECT_EQ(why_not<with<std::byte>>(), "field 'it' of type 'byte' has no enumerators from -16 to 127");
  using picoseconds = std::chrono::duration<long, std::pico>;
  EXPECT_TRUE(why_not<with<picoseconds>>().ends_with("is no whole number of nanoseconds"));
}

TEST(option_types, in_containers_and_structs_are_refused_with_the_way_to_them) {
  EXPECT_EQ(why_not<with<std::vector<char*>>>(), "field 'it' of type 'char*' cannot stand in a file");
  EXPECT_EQ(why_not<with<std::optional<with<char*>>>>(),
            "field 'it' field 'it' of type 'char*' cannot stand in a file");
  EXPECT_TRUE((why_not<with<std::map<int, int>>>().ends_with("has keys that are no std::string")));
}

TEST(option_types, that_are_no_plain_structs_say_why) {
  EXPECT_EQ(why_not<int>(), "of type 'int' is not a plain struct");
  EXPECT_EQ(why_not<closed>(), "of type 'closed' is not a plain struct");
  EXPECT_EQ(why_not<needs_a_value>(), "of type 'needs_a_value' is not a plain struct");
  EXPECT_EQ(why_not<based>(),
            "of type 'based' has a base class, whose fields cannot be seen: make it a field");
  EXPECT_EQ(why_not<with<based>>(),
            "field 'it' of type 'based' has a base class, whose fields cannot be seen: make it a field");
  EXPECT_EQ(why_not<with_array>(), "of type 'with_array' has a C array: use std::array");
}

TEST(option_types, that_have_no_default_are_refused) {
  EXPECT_EQ(why_not<with<int&>>().substr(0, 24), "of type 'with<int&>' has");
}

TEST(option_types, that_are_refused_are_one_error_of_the_compiler) {
  if (troupe::sanitized) GTEST_SKIP() << "what the compiler says does not depend on sanitizers";
  const std::filesystem::path root =
      std::filesystem::path(__FILE__).parent_path().parent_path().parent_path().parent_path();
  const std::filesystem::path source = std::filesystem::path(::testing::TempDir()) /
                                       ("troupe_option_types_" + std::to_string(::getpid()) + ".cpp");
  std::ofstream(source)
      << "#include <troupe/runtime/actors/fill_options.hpp>\n"
         "struct options { int refill = 0; char* name = nullptr; };\n"
         "auto f(const troupe::config::file& whole, troupe::runtime::name_resolver& names) {\n"
         "  return troupe::runtime::fill_options<options>(whole, whole.actors[0], names);\n"
         "}\n";
  const std::string command =
      "g++ -std=c++20 -fsyntax-only -I'" + root.string() + "' '" + source.string() + "' 2>&1";
  std::string said;
  const std::unique_ptr<FILE, int (*)(FILE*)> output(::popen(command.c_str(), "r"), ::pclose);
  for (int c = std::fgetc(output.get()); c != EOF; c = std::fgetc(output.get())) said += static_cast<char>(c);
  std::filesystem::remove(source);
  std::size_t errors = 0;
  for (auto at = said.find("error:"); at != said.npos; at = said.find("error:", at + 1)) ++errors;
  EXPECT_EQ(errors, 1U) << said;
  EXPECT_NE(
      said.find(
          "options cannot be filled from the file: field \\'name\\' of type \\'char*\\' cannot stand in a "
          "file"),
      std::string::npos)
      << said;
}

}  // namespace
}  // namespace troupe::runtime::option_types_test
