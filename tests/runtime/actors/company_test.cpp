// The actors of a file: who they are, what is wrong with them, and how they live and end.
#include <troupe/actors/test_system.hpp>
#include <troupe/runtime/actors/cast.hpp>
#include <troupe/runtime/actors/company.hpp>

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace troupe::runtime::company_test {
namespace {

using namespace std::chrono_literals;

struct note {
  std::string text;
};
struct fail_now {};
struct roll_call {
  using reply = std::string;
};

/// Answers with what it was given; passes notes on.
class clerk {
 public:
  struct options {
    std::string motto = "none";
    address<note> next;
    bool broken = false;
  };
  using receives = troupe::receives<note, fail_now, roll_call>;
  explicit clerk(options o) : my_(std::move(o)) {
    if (my_.broken) throw std::runtime_error("out of order");
  }
  void operator()(note n) {
    notes_ += n.text;
    if (n.text.size() < 8) my_.next.send(note{n.text + "+"});
  }
  void operator()(fail_now) { throw std::runtime_error("no more ink"); }
  std::string operator()(roll_call) { return my_.motto + ":" + notes_; }

 private:
  const options my_;
  std::string notes_;
};

/// Has no options.
class bell {
 public:
  using receives = troupe::receives<fail_now>;
  explicit bell(context& self) : self_(self) {}
  void operator()(fail_now) { self_.stop(); }

 private:
  context& self_;
};

registry program() {
  registry all;
  EXPECT_TRUE(all.add(define_actor<clerk>("clerk")));
  EXPECT_TRUE(all.add(define_actor<bell>("bell")));
  return all;
}

config::file read(const std::string& text) {
  auto file = config::parse(text, "p.toml");
  EXPECT_TRUE(file) << to_string(file.error().front());
  return file ? std::move(*file) : config::file();
}

std::vector<std::string> errors_of(const std::string& text) {
  std::vector<std::string> shown;
  for (const auto& each : check_actors(read(text), program())) shown.push_back(to_string(each));
  return shown;
}

constexpr auto office = R"([actor.left]
call = "clerk"
options = { motto = "l", next = "right" }
[actor.right]
call = "clerk"
options = { motto = "r", next = "left" }
[actor.bell]
restart = { policy = "never" }
[supervisor.top]
children = ["below", "left"]
strategy = "one_for_all"
restart = { burst = 1, window = "1h", delay = "0" }
[supervisor.below]
children = ["right"]
restart = { burst = 0 }
)";

struct scene {
  const config::file file;
  const registry known = program();
  test_system stage;
  std::vector<std::string> ends;
  int empty = 0;  // how often nobody was said to be left
  std::unique_ptr<company> all;

  explicit scene(const std::string& text) : file(read(text)) {
    auto began =
        company::start(stage.system(), file, known, [this](const std::string& why, bool nobody_left) {
          ends.push_back(why);
          if (nobody_left) ++empty;
        });
    EXPECT_TRUE(began) << to_string(began.error().front());
    if (began) all = std::move(*began);
  }
  template <class Actor>
  address_of<Actor> find(const std::string& name) {
    const auto found = stage.system().find<address_of<Actor>>(name);
    EXPECT_TRUE(found) << name;
    return found.value_or(address_of<Actor>());
  }
  std::string roll(const std::string& name) {
    auto answer = find<clerk>(name).ask(roll_call{});
    return answer.get().value_or("nobody");
  }
};

TEST(cast, is_the_tree_of_the_file_in_the_order_of_its_children) {
  const auto file = read(office);
  std::vector<std::string> seen;
  for (const auto& [who, depth] : cast_of(file))
    seen.push_back(std::string(depth, ' ') + std::visit([](const auto* each) { return each->name; }, who));
  EXPECT_EQ(seen, (std::vector<std::string>{"top", " below", "  right", " left", "bell"}));
}

TEST(cast, of_classes_that_nobody_registered_is_an_error_with_the_nearest) {
  EXPECT_EQ(errors_of("[actor.clrk]\n[actor.x]\ncall = \"zebra\"\n"),
            (std::vector<std::string>{
                "p.toml:1:1: error: actor 'clrk': this program has registered no actor under 'clrk'; did you "
                "mean 'clerk'?",
                "p.toml:3:8: error: actor 'x': this program has registered no actor under 'zebra'; it has "
                "'bell', 'clerk'"}));
  const auto none = check_actors(read("[actor.x]\n"), registry());
  ASSERT_EQ(none.size(), 1U);
  EXPECT_EQ(none.front().hint, "it has no actors at all: register them with app.actor<T>(name)");
}

TEST(cast, of_options_that_do_not_fit_is_all_their_errors) {
  EXPECT_EQ(
      errors_of(
          "[actor.clerk]\noptions = { mottto = \"x\", next = \"clrk\" }\n[actor.bell]\noptions = { loud "
          "= true }\n"),
      (std::vector<std::string>{
          "p.toml:2:13: error: unknown key 'mottto' in 'options'; did you mean 'motto'?",
          "p.toml:2:34: error: options.next: actor 'clrk' does not exist; did you mean "
          "'clerk'?",
          "p.toml:4:13: error: unknown key 'loud' in 'options'; it has no keys"}));
}

TEST(cast, of_an_address_whose_actor_does_not_receive_that_is_an_error) {
  const auto wrong = errors_of("[actor.clerk]\noptions = { next = \"bell\" }\n[actor.bell]\n");
  ASSERT_EQ(wrong.size(), 1U);
  EXPECT_NE(wrong[0].find("actor 'bell' does not receive 'note'"), std::string::npos) << wrong[0];
}

TEST(company, gives_each_the_address_of_the_other_in_a_circle) {
  scene s(office);
  s.find<clerk>("left").send(note{"a"});
  s.stage.run_until_idle();
  EXPECT_EQ(s.roll("left"), "l:aa++a++++a++++++");
  EXPECT_EQ(s.roll("right"), "r:a+a+++a+++++a+++++++");
  EXPECT_TRUE(s.ends.empty());
}

TEST(company, starts_a_failed_actor_again_with_its_options) {
  scene s(office);
  s.find<clerk>("left").send(note{"12345678"});
  s.find<clerk>("left").send(fail_now{});
  s.stage.run_until_idle();
  EXPECT_EQ(s.roll("left"), "l:");
  s.find<clerk>("left").send(note{"a"});
  s.stage.run_until_idle();
  EXPECT_EQ(s.roll("right"), "r:a+a+++a+++++a+++++++") << "its addresses still lead there";
}

TEST(company, says_who_could_not_be_mended) {
  scene s(office);
  for (int i = 0; i < 2; ++i) {
    s.find<clerk>("right").send(fail_now{});
    s.stage.run_until_idle();
  }
  ASSERT_EQ(s.ends.size(), 1U);
  EXPECT_EQ(s.ends[0],
            "actor 'below' failed too often, at last: actor 'right' failed too often, at last: no more ink");
}

TEST(company, of_whom_nobody_is_left_says_so_with_the_first_failure) {
  scene s("[actor.bell]\n[actor.clerk]\noptions = { next = \"clerk\" }\nrestart = { policy = \"never\" }\n");
  s.find<clerk>("clerk").send(fail_now{});
  s.stage.run_until_idle();
  EXPECT_TRUE(s.ends.empty());
  s.find<bell>("bell").send(fail_now{});
  s.stage.run_until_idle();
  EXPECT_EQ(s.ends, (std::vector<std::string>{"actor 'clerk' failed: no more ink"}));
}

TEST(company, in_which_one_of_several_gives_up_says_so_and_once_more_when_nobody_is_left) {
  scene s("[actor.clerk]\noptions = { next = \"clerk\" }\nrestart = { burst = 1 }\n[actor.bell]\n");
  s.find<clerk>("clerk").send(fail_now{});
  s.find<clerk>("clerk").send(fail_now{});
  s.stage.advance(1min);
  const std::string failure = "actor 'clerk' failed too often, at last: no more ink";
  EXPECT_EQ(s.ends, (std::vector<std::string>{failure}));
  EXPECT_EQ(s.empty, 0) << "the bell is there";
  s.all->stop();
  s.stage.run_until_idle();
  EXPECT_EQ(s.ends, (std::vector<std::string>{failure, failure}));
  EXPECT_EQ(s.empty, 1);
}

TEST(company, that_is_stopped_finishes_its_mailboxes_and_says_that_all_is_well) {
  scene s(office);
  const auto left = s.find<clerk>("left"), right = s.find<clerk>("right");
  left.send(note{"a"});
  right.send(note{"b"});
  s.all->stop();
  s.stage.run_until_idle();
  EXPECT_EQ(s.ends, (std::vector<std::string>{""}));
  EXPECT_TRUE(s.stage.system().ended(left) && s.stage.system().ended(right));
  EXPECT_EQ(s.stage.system().dead_letters().abandoned, 0U);
  EXPECT_FALSE(s.stage.system().find<address<note>>("left"));
  EXPECT_EQ(s.stage.system().size(), 0U) << "the usher has nobody left to watch";
}

TEST(company, with_an_actor_that_cannot_be_made_is_its_supervisors_business) {
  scene s(
      "[actor.clerk]\noptions = { next = \"clerk\", broken = true }\nrestart = { burst = 2, delay = \"1s\" "
      "}\n");
  s.stage.advance(1h);
  EXPECT_EQ(s.ends, (std::vector<std::string>{"actor 'clerk' failed too often, at last: out of order"}));
}

TEST(company, that_does_not_pass_the_check_is_not_started) {
  test_system stage;
  const auto began =
      company::start(stage.system(), read("[actor.clrk]\n"), program(), [](const std::string&, bool) {});
  ASSERT_FALSE(began);
  EXPECT_EQ(began.error().size(), 1U);
  EXPECT_EQ(stage.system().size(), 0U);
}

TEST(company, places_an_actor_on_a_thread_of_its_own_with_its_mailbox) {
  const auto file = read(
      "[actor.clerk]\nplace = \"detached\"\noptions = { next = \"clerk\" }\nmailbox = { capacity = 1, "
      "overflow = "
      "\"reject\" }\n");
  auto system = actor_system::start({.threads = 1});
  ASSERT_TRUE(system);
  const auto began = company::start(**system, file, program(), [](const std::string&, bool) {});
  ASSERT_TRUE(began);
  auto found = (*system)->find<address_of<clerk>>("clerk");
  ASSERT_TRUE(found);
  auto answer = found->ask(roll_call{});
  EXPECT_EQ(answer.get(), "none:");
  EXPECT_TRUE((*system)->shutdown(60s));
}

struct strange {
  using receives = troupe::receives<note>;
  explicit strange(int) {}
  void operator()(note) {}
};
struct half {
  struct options {
    int size = 0;
  };
  using receives = troupe::receives<note>;
  explicit half(int) {}
  void operator()(note) {}
};

TEST(actor_definition, of_a_class_that_a_file_cannot_make_says_what_it_lacks) {
  static_assert(!is_startable<strange> && !is_startable<half> && is_startable<bell> && is_startable<clerk>);
  EXPECT_EQ(why_not_startable<strange>().view(),
            "troupe: actor 'strange' needs a constructor from troupe::context& or from nothing, or a struct "
            "`options` "
            "for what the file is to give it");
  EXPECT_EQ(why_not_startable<half>().view(),
            "troupe: actor 'half' has no constructor from its options, with troupe::context& before them or "
            "without");
}

TEST(registry_of_actors, refuses_a_name_twice_but_not_one_that_a_stage_has) {
  registry all;
  EXPECT_TRUE(all.add(define_actor<bell>("x")));
  const auto again = all.add(define_actor<clerk>("x"));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().message(), "register actor 'x' a second time: the name is taken");
  EXPECT_EQ(all.find_actor("x")->type, "bell");
  EXPECT_TRUE(all.add(define_stage("x", [](line) {})));
}

}  // namespace
}  // namespace troupe::runtime::company_test
