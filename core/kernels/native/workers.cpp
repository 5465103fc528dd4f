// Threads that wait for tasks: to start one costs more than a small layer takes.
//
// A worker looks for its next task for some 20 µs, as the passes of a step follow each other, and
// then sleeps, so that it takes no time from others. Workers live as long as the process.
#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>
#include "kernels.h"
#if !defined(_WIN32)
#include <pthread.h>
#endif

namespace {

constexpr int LOOKS = 1000;  // before a thread sleeps

void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

struct Job {
  void (*task)(void *, int64_t);
  void *argument;
};

class Worker {
 public:
  // Throws std::system_error if there is no thread left.
  explicit Worker(int64_t number) : number_(number) {
    std::thread([this] { work(); }).detach();
  }

  void begin(const Job &job) { put(&job); }
  void finish() { await([](const Job *job) { return !job; }); }

 private:
  void work() {
    while (true) {
      const Job *job = await([](const Job *given) { return given; });
      job->task(job->argument, number_);
      put(nullptr);
    }
  }

  void put(const Job *job) {
    {
      std::lock_guard<std::mutex> held(lock_);
      job_.store(job, std::memory_order_release);
    }
    changed_.notify_one();
  }

  template <class Condition> const Job *await(Condition holds) {
    for (int i = 0; i < LOOKS; i++, pause())
      if (const Job *job = job_.load(std::memory_order_acquire); holds(job)) return job;
    std::unique_lock<std::mutex> held(lock_);
    changed_.wait(held, [&] { return holds(job_.load(std::memory_order_acquire)); });
    return job_.load(std::memory_order_acquire);
  }

  const int64_t number_;
  std::atomic<const Job *> job_{nullptr};
  std::mutex lock_;
  std::condition_variable changed_;
};

struct Workers {
  std::mutex taken;
  std::vector<Worker *> all;  // the first does tasks of number 1

  // Start workers until there are so many, or no thread is left; returns how many can be used.
  int64_t at_most(int64_t count) {
    try {
      while ((int64_t)all.size() < count) {
        all.reserve(all.size() + 1);
        all.push_back(new Worker(all.size() + 1));
      }
    } catch (const std::exception &) {
    }
    return std::min<int64_t>(count, all.size());
  }
};

Workers *workers = nullptr;  // never deleted: at the process' end they still wait

void make_workers_once() {
  static const bool made [[maybe_unused]] = [] {
#if !defined(_WIN32)
    pthread_atfork(nullptr, nullptr, [] { workers = new Workers; });  // a child has no threads
#endif
    workers = new Workers;
    return true;
  }();
}

}  // namespace

void run_parallel(int64_t count, void (*task)(void *, int64_t), void *argument) {
  const Job job{task, argument};
  int64_t begun = 0;
  std::unique_lock<std::mutex> mine;
  if (count > 1) {
    make_workers_once();
    // Whoever comes while others compute does all by himself: the processors are busy.
    mine = std::unique_lock<std::mutex>(workers->taken, std::try_to_lock);
    if (mine) begun = workers->at_most(count - 1);
  }
  for (int64_t i = 0; i < begun; i++) workers->all[i]->begin(job);
  if (count > 0) task(argument, 0);
  for (int64_t i = begun + 1; i < count; i++) task(argument, i);
  for (int64_t i = 0; i < begun; i++) workers->all[i]->finish();
}
