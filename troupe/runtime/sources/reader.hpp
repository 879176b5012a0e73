// runtime/sources/reader.hpp - the thread that reads a source ahead of its member, as far as it is allowed.
// Threads: construction, grant() and destruction by the owner; `deliver` is called on the reader's thread.
#pragma once
#include <troupe/runtime/node/messages.hpp>
#include <troupe/runtime/sources/item_source.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <semaphore>
#include <thread>

namespace troupe::runtime {

/// Reads until the end, an error or stop(), a delivery per grant. The last delivery says at_end or why it
/// failed. Caveat: the destructor stops and joins; a read from a disk or a FIFO that hangs in the kernel
/// holds it up.
class reader {
 public:
  reader(std::unique_ptr<item_source> from, std::function<void(portions)> deliver);
  ~reader();
  reader(const reader&) = delete;
  reader& operator=(const reader&) = delete;

  /// One more delivery may come.
  void grant() { grants_.release(); }
  /// No more is read, and what has been read is dropped: nobody has begun it. Only a batch that is being gathered is
  /// still delivered, with the end, as soon as that is granted. Any thread.
  void stop() {
    stopped_.store(true, std::memory_order_release);
    from_->stop();
  }

 private:
  void run();
  void read(portions& delivery);
  static void end(portions& delivery, result<std::optional<portion>> last);

  std::unique_ptr<item_source> from_;
  std::function<void(portions)> deliver_;
  std::counting_semaphore<> grants_{0};
  std::atomic<bool> stopped_{false};
  std::atomic<bool> abandoned_{false};
  std::thread thread_;
};

}  // namespace troupe::runtime
