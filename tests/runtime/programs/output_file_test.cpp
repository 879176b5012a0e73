#include <troupe/runtime/programs/output_file.hpp>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace troupe::runtime::output_file_test {
namespace {

namespace fs = std::filesystem;

class output_file : public ::testing::Test {
 protected:
  output_file() {
    std::string pattern = ::testing::TempDir() + "troupe-output.XXXXXX";
    home_ = ::mkdtemp(pattern.data());
  }
  ~output_file() override { fs::remove_all(home_); }
  void write(const std::string& path, const std::string& text) const { std::ofstream(path) << text; }
  std::string home_;
};

TEST_F(output_file, is_written_beside_its_place_under_a_name_with_the_same_end) {
  output_files files(home_ + "/{stem}.jpg", "thumb.0");
  const auto path = files.path_for({"in/a.png", {}});
  ASSERT_TRUE(path);
  EXPECT_EQ(*path, home_ + "/a.jpg");
  const auto aside = files.aside(*path);
  ASSERT_TRUE(aside);
  EXPECT_EQ(*aside, home_ + "/.troupe-thumb.0-" + std::to_string(::getpid()) + "-a.jpg");
}

TEST_F(output_file, has_its_folder_made) {
  output_files files(home_ + "/x/{stem}/y", "w");
  ASSERT_TRUE(files.path_for({"a", {}}));
  ASSERT_TRUE(files.path_for({"b", {}}));
  EXPECT_TRUE(fs::is_directory(home_ + "/x/a") && fs::is_directory(home_ + "/x/b"));
}

TEST_F(output_file, whose_folder_cannot_be_made_is_an_error) {
  write(home_ + "/x", "a file");
  output_files files(home_ + "/x/{stem}", "w");
  const auto got = files.path_for({"a", {}});
  ASSERT_FALSE(got);
  EXPECT_NE(got.error().context.find("make the folder"), std::string::npos);
}

TEST_F(output_file, takes_its_place_in_one_step) {
  write(home_ + "/aside", "new");
  write(home_ + "/a", "old");
  ASSERT_TRUE(put_in_place(home_ + "/aside", home_ + "/a"));
  std::ifstream read(home_ + "/a");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(read), {}), "new");
  EXPECT_FALSE(fs::exists(home_ + "/aside"));
}

TEST_F(output_file, that_was_not_written_is_an_error) {
  const auto got = put_in_place(home_ + "/aside", home_ + "/a");
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().context, "succeeded, but has written nothing to {output}");
}

TEST_F(output_file, that_cannot_take_its_place_goes) {
  write(home_ + "/aside", "new");
  fs::create_directory(home_ + "/a");
  EXPECT_FALSE(put_in_place(home_ + "/aside", home_ + "/a"));
  EXPECT_FALSE(fs::exists(home_ + "/aside"));
}

TEST_F(output_file, of_a_long_name_keeps_its_extension) {
  output_files files(home_ + "/{name}", "w");
  const auto aside = files.aside(home_ + "/" + std::string(250, 'x') + ".jpg");
  ASSERT_TRUE(aside);
  EXPECT_LE(file_name_of(*aside).size(), 255U);
  EXPECT_TRUE(aside->ends_with(".jpg"));
}

TEST_F(output_file, that_a_dead_predecessor_left_is_removed_and_no_other) {
  const pid_t dead = ::fork();
  if (dead == 0) ::_exit(0);
  ::waitpid(dead, nullptr, 0);
  const auto of = [&](const std::string& worker, pid_t maker) {
    return home_ + "/.troupe-" + worker + '-' + std::to_string(maker) + "-a";
  };
  for (const auto& path :
       {of("w.0", dead), of("w.0", ::getppid()), of("w.1", dead), home_ + "/.troupe-w.0-x"})
    write(path, "half");
  const output_files files(home_ + "/{stem}", "w.0");
  EXPECT_FALSE(fs::exists(of("w.0", dead)));
  EXPECT_TRUE(fs::exists(of("w.0", ::getppid())));
  EXPECT_TRUE(fs::exists(of("w.1", dead)));
  EXPECT_TRUE(fs::exists(home_ + "/.troupe-w.0-x"));
}

TEST_F(output_file, of_an_item_with_nul_has_no_path) {
  output_files files(home_ + "/{name}", "w");
  EXPECT_FALSE(files.path_for({std::string_view("a\0b", 3), {}}));
}

}  // namespace
}  // namespace troupe::runtime::output_file_test
