// chaos/between_app.cpp - one of the four processes of the harness `between`: sinks that others reach, talkers that reach
// those of all other nodes in random patterns, and the evidence of both.
//   between_app LEDGERS SOCKETS NODE EPOCH SEED [SABOTAGE]
// It says "ready" and "drained" on stdout; "calm" on stdin ends the talking, "end" the process, as does its parent's death.
#include "between_sink.hpp"
#include "between_talker.hpp"

#include <troupe/actors/actor_system.hpp>
#include <troupe/base/log.hpp>
#include <troupe/runtime/remote/gateway.hpp>
#include <troupe/transport/ipc_directory.hpp>
#include <troupe/transport/zmq_post.hpp>

#include <sys/prctl.h>

#include <atomic>
#include <csignal>
#include <exception>
#include <iostream>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

namespace between {

/// Says a word to the harness, in one write.
void say(const std::string& word) {
  std::cout << word + "\n" << std::flush;
}

int run(const life& own) {
  const auto directory = troupe::transport::ipc_directory::join(own.sockets).value();
  const auto endpoint = [&directory](const std::string& node) { return directory.endpoint(node); };
  const auto log = troupe::logger::make({.level = troupe::log_level::warn}).named(std::to_string(own.node));
  const auto system = troupe::actor_system::start({.threads = 2, .log = log}).value();
  std::mt19937_64 chance(own.seed ^ own.epoch);
  troupe::runtime::gateway gate(*system,
                                {.endpoint_of = endpoint,
                                 .window = {.items = 16U << chance() % 8, .bytes = 16'384U << chance() % 8},
                                 .log = log});
  for (unsigned i = 0; i < sinks; ++i) {
    const auto offered = gate.offer(std::to_string(i), system->spawn<sink>({.name = "sink"}, own, i));
    if (!offered) throw std::runtime_error(offered.error().message());
  }
  const auto name = std::to_string(own.node);
  auto post = troupe::transport::zmq_post::start(
      {.own = {.self = {name, own.epoch}, .system = "between"}, .endpoint = endpoint(name).value()}, gate,
      {troupe::runtime::actors_channel});
  if (!post) throw std::runtime_error(post.error().message());
  gate.use(**post);
  say("ready");
  std::atomic<unsigned> talking = talkers;
  std::vector<troupe::address_of<talker>> all;
  for (unsigned i = 0; i < talkers; ++i)
    all.push_back(system->spawn<talker>({.name = "talker"}, own, i, gate, [&talking] {
      if (--talking == 0) say("drained");
    }));
  for (std::string line; std::getline(std::cin, line) && line != "end";)
    for (const auto& each : all) each.send(calm{});
  gate.close();
  post->reset();
  const auto ended = system->shutdown();
  if (!ended) std::cerr << ended.error().message() << std::endl;
  return ended ? 0 : 1;
}

}  // namespace between

int main(int argc, char** argv) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() < 5) {
    std::cerr << "chaos/run.py between starts this program\n";
    return 2;
  }
  try {
    return between::run({.ledgers = words[0],
                         .node = static_cast<unsigned>(std::stoul(words[2])),
                         .epoch = std::stoull(words[3]),
                         .seed = std::stoull(words[4]),
                         .sabotage = words.size() > 5 ? words[5] : "",
                         .sockets = words[1]});
  } catch (const std::exception& problem) {
    std::cerr << problem.what() << std::endl;
    return 1;
  }
}
