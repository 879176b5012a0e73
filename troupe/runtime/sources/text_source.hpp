// runtime/sources/text_source.hpp - lines of streams, one by one or in batches.
// Threads: see item_source. Memory: one batch and one line.
#pragma once
#include <troupe/base/clock.hpp>
#include <troupe/base/unique_fd.hpp>
#include <troupe/runtime/sources/item_source.hpp>
#include <troupe/runtime/sources/text_inputs.hpp>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

namespace troupe::runtime {

/// Reads the inputs in their order. A batch never spans two of them.
class text_source final : public item_source {
 public:
  [[nodiscard]] static result<std::unique_ptr<text_source>> open(std::unique_ptr<text_inputs> from,
                                                                 packing pack, config::batch limits);
  /// Files; "-" is standard input.
  [[nodiscard]] static result<std::unique_ptr<text_source>> open(std::vector<std::string> paths, packing pack,
                                                                 config::batch limits) {
    return open(inputs_from_files(std::move(paths)), pack, limits);
  }
  [[nodiscard]] result<std::optional<portion>> next() override;
  [[nodiscard]] bool would_wait() const override;
  void stop() override;

 private:
  text_source(std::unique_ptr<text_inputs> from, packing pack, config::batch limits, unique_fd wake);

  enum class filled { more, end, waited, stopped };
  [[nodiscard]] result<bool> open_next_stream();
  [[nodiscard]] result<filled> fill(deadline until);
  [[nodiscard]] result<filled> wait_for_input(deadline until);
  void scan();
  [[nodiscard]] bool batch_is_full() const noexcept;
  [[nodiscard]] portion cut();
  [[nodiscard]] bytes pack_lines(std::string_view text) const;

  std::unique_ptr<text_inputs> inputs_;
  packing pack_;
  config::batch limits_;
  unique_fd wake_;  // readable once stop() was called
  std::atomic<bool> stopped_{false};

  int input_ = -1;            // the open stream of inputs_
  bool may_wait_ = false;     // a terminal, pipe or socket: poll before reading
  bool all_written_ = false;  // nobody writes to it any more, even if it does not end
  bool at_end_ = false;       // of the current stream
  std::string name_;          // of it
  std::uint64_t number_ = 1;  // of the line at begin_
  std::vector<char> buffer_;  // [begin_, end_) is read and not yet cut
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t scanned_ = 0;  // whole lines of the growing batch end here
  std::uint32_t lines_ = 0;  // how many
};

}  // namespace troupe::runtime
