// cli/plan_words.hpp - the parts of a plan in words, for everything that shows one.
// Threads: plain functions.
#pragma once
#include <troupe/runtime/plan/plan.hpp>
#include <troupe/runtime/registry.hpp>

#include <string>

namespace troupe::cli {

/// "4 worker processes", "0 to 3 worker processes", "1 thread of the director".
[[nodiscard]] std::string players(const runtime::member_plan& stage);
/// "standard input", "what 'zcat x' prints", "FIFO 'in'", "connections to 'in.sock'"; "" of files and numbers.
[[nodiscard]] std::string stream_of(const config::source& from);
/// "jsonl", "lines", "msgpack".
[[nodiscard]] std::string format_of(const runtime::sink_plan& to);
/// ", memory_max 1 GiB, nofile 1,024"; "" without limits.
[[nodiscard]] std::string describe(const resource_limits& limits);
/// "started again on failure, at most 5 times in 10s".
[[nodiscard]] std::string describe(const restart_options& restart);
/// "mailbox of 4,096, rejects what is over".
[[nodiscard]] std::string describe(const mailbox_options& mailbox);
/// "actor left: clerk, mailbox of 4,096". Its class is registered.
[[nodiscard]] std::string describe(const config::actor& actor, const runtime::registry& program);
/// "supervisor top: one_for_all, started again always, at most once in 1m".
[[nodiscard]] std::string describe(const config::supervisor& supervisor);
/// The tree of supervisors and actors, each below who starts it again; a line each.
[[nodiscard]] std::string describe_cast(const config::file& file, const runtime::registry& program);

}  // namespace troupe::cli
