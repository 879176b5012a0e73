#include <troupe/base/codec.hpp>
#include <troupe/runtime/items.hpp>
#include <troupe/runtime/sources/text_source.hpp>

#include <algorithm>
#include <atomic>

namespace troupe::runtime {
namespace {

/// Items that are known without waiting: `count` of them, made by index.
template <class Make>
class counted_source final : public item_source {
 public:
  counted_source(std::uint64_t count, packing pack, std::size_t batch, Make make)
      : count_(count), pack_(pack), batch_(pack == packing::single ? 1 : batch), make_(std::move(make)) {}

  result<std::optional<portion>> next() override {
    if (next_ == count_ || stopped_.load(std::memory_order_acquire)) return std::nullopt;
    const auto span = std::min<std::uint64_t>(batch_, count_ - next_);
    byte_buffer out;
    if (pack_ == packing::single) {
      encode(out, make_(next_));
    } else {
      std::vector<decltype(make_(next_))> items;
      for (std::uint64_t i = 0; i < span; ++i) items.push_back(make_(next_ + i));
      encode(out, items);
    }
    next_ += span;
    return portion{static_cast<std::uint32_t>(span), out.take(), 0, 0};
  }
  void stop() override { stopped_.store(true, std::memory_order_release); }

 private:
  std::uint64_t count_;
  packing pack_;
  std::size_t batch_;
  Make make_;
  std::uint64_t next_ = 0;
  std::atomic<bool> stopped_{false};
};

template <class Make>
std::unique_ptr<item_source> counted(std::uint64_t count, const source_plan& from, Make make) {
  return std::make_unique<counted_source<Make>>(count, from.pack, from.batch.size, std::move(make));
}

result<std::unique_ptr<text_inputs>> open_inputs(const source_plan& from, const source_setting& with) {
  if (const auto* fifo = std::get_if<config::fifo_source>(&from.from)) return inputs_from_fifo(*fifo);
  if (const auto* socket = std::get_if<config::unix_source>(&from.from)) return inputs_from_socket(*socket);
  if (const auto* program = std::get_if<config::command_source>(&from.from)) {
    if (with.programs == nullptr)
      return fail(errc::unsupported, "start the program of a source, where nobody starts programs");
    return inputs_from_program(*program, *with.programs, with.log);
  }
  const bool is_stdin = std::holds_alternative<config::stdin_source>(from.from);
  return inputs_from_files(is_stdin ? std::vector<std::string>{"-"} : from.paths);
}

}  // namespace

result<std::unique_ptr<item_source>> open_source(const source_plan& from, const source_setting& with) {
  if (const auto* range = std::get_if<config::range_source>(&from.from)) {
    const auto count = static_cast<std::uint64_t>(range->last) - static_cast<std::uint64_t>(range->first);
    return counted(count, from, [first = range->first](std::uint64_t i) {
      return static_cast<std::int64_t>(static_cast<std::uint64_t>(first) + i);
    });
  }
  const auto* files = std::get_if<config::files_source>(&from.from);
  if (files != nullptr && files->split == config::files_source::split_by::none)
    return counted(from.paths.size(), from, [paths = from.paths](std::uint64_t i) { return file{paths[i]}; });
  auto inputs = open_inputs(from, with);
  if (!inputs) return tl::unexpected(inputs.error());
  auto opened = text_source::open(std::move(*inputs), from.pack, from.batch);
  if (!opened) return tl::unexpected(opened.error());
  return std::unique_ptr<item_source>(std::move(*opened));
}

}  // namespace troupe::runtime
