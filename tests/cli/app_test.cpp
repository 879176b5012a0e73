#include "captured.hpp"

#include <troupe/app.hpp>

#include <csignal>
#include <vector>

namespace app_test {
namespace {

using troupe::cli::captured;

/// argv as main() gets it.
class app_test : public ::testing::Test {
 protected:
  app_test() : sigpipe_before_(std::signal(SIGPIPE, SIG_DFL)) {}
  ~app_test() override { std::signal(SIGPIPE, sigpipe_before_); }
  troupe::app make(std::vector<std::string> arguments) {
    words_ = std::move(arguments);
    argv_.clear();
    for (auto& word : words_) argv_.push_back(word.data());
    argv_.push_back(nullptr);
    return {static_cast<int>(words_.size()), argv_.data()};
  }

 private:
  std::vector<std::string> words_;
  std::vector<char*> argv_;
  void (*sigpipe_before_)(int);
};

TEST_F(app_test, is_a_worker_only_when_a_director_has_started_it) {
  EXPECT_FALSE(make({}).is_worker());
  EXPECT_FALSE(make({"play"}).is_worker());
  EXPECT_FALSE(make({"play", "run", "--troupe-worker"}).is_worker());
  EXPECT_TRUE(make({"play", "--troupe-worker", "count.0"}).is_worker());
}

TEST_F(app_test, is_the_command_line_otherwise) {
  auto app = make({"play", "--version"});
  app.stage("twice", [](std::int64_t n) { return 2 * n; });
  const captured out(std::cout);
  EXPECT_EQ(app.run(), 0);
  EXPECT_EQ(out.text().rfind("troupe ", 0), 0U);
}

TEST_F(app_test, names_the_first_stage_that_was_registered_twice_and_does_not_run) {
  auto app = make({"play", "--version"});
  for (const auto* name : {"one", "two", "two", "one"}) app.stage(name, [](std::int64_t n) { return 2 * n; });
  const captured out(std::cout), err(std::cerr);
  EXPECT_EQ(app.run(), 1);
  EXPECT_EQ(out.text(), "");
  EXPECT_EQ(err.text(), "error: register stage 'two' a second time: the name is taken\n");
}

}  // namespace
}  // namespace app_test
