// Threads that wait for tasks: to start one costs more than a small layer takes.
//
// A worker looks for its next task for some 20 µs, as the passes of a step follow each other, and
// then sleeps, so that it takes no time from others. Workers live as long as the process.
//
// A team's members wait for each other in the same way. Where another process or another thread of
// this one takes their processors, each meeting would last as long as the system lets that one run;
// so a team that has waited long shrinks to its first member, and none is formed for a while, longer
// each time.
#include <algorithm>
#include <atomic>
#include <chrono>
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

typedef std::chrono::steady_clock Clock;

constexpr int LOOKS = 1000;  // before a thread sleeps
constexpr Clock::rep SHORTEST_REST = 5'000'000, LONGEST_REST = 160'000'000;  // ns
constexpr Clock::duration LONG_WAIT = std::chrono::microseconds(200);

void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Until when nobody is to work in a team, since others compute too, and for how long the next time.
std::atomic<Clock::rep> rests_until{0}, next_rest{SHORTEST_REST};

Clock::rep now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now().time_since_epoch())
      .count();
}
bool rests() { return now() < rests_until; }
void rest() {
  if (rests()) return;
  const Clock::rep length = next_rest;
  rests_until = now() + length;
  next_rest = std::min(2 * length, LONGEST_REST);
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

// The workers that a caller has to himself for a while; none where others have them.
class Crew {
 public:
  explicit Crew(int64_t most) {
    if (most < 1) return;
    make_workers_once();
    mine_ = std::unique_lock<std::mutex>(workers->taken, std::try_to_lock);
    if (mine_)
      size_ = workers->at_most(most);
    else
      rest();
  }

  int64_t size() const { return size_; }
  void begin(const Job &job) {
    for (int64_t i = 0; i < size_; i++) workers->all[i]->begin(job);
  }
  void finish() {
    for (int64_t i = 0; i < size_; i++) workers->all[i]->finish();
  }

 private:
  std::unique_lock<std::mutex> mine_;
  int64_t size_ = 0;
};

}  // namespace

void run_parallel(int64_t count, void (*task)(void *, int64_t), void *argument) {
  // Whoever comes while others compute does all by himself: the processors are busy.
  Crew crew(count - 1);
  const Job job{task, argument};
  crew.begin(job);
  if (count > 0) task(argument, 0);
  for (int64_t i = crew.size() + 1; i < count; i++) task(argument, i);
  crew.finish();
}

struct Team {
  void (*task)(void *, int64_t, Team &);
  void *argument;
  std::atomic<int64_t> size;
  const Clock::time_point began = Clock::now();
  Clock::duration waited{};  // how long the first member slept
  std::atomic<int64_t> here{0}, meeting{0}, sleepers{0};
  std::mutex lock;
  std::condition_variable over;

  Team(void (*act)(void *, int64_t, Team &), void *with, int64_t members)
      : task(act), argument(with), size(members) {}
};

void run_team(int64_t most, void (*task)(void *, int64_t, Team &), void *argument) {
  Crew crew(rests() ? 0 : most - 1);
  Team team(task, argument, crew.size() + 1);
  const Job job{[](void *it, int64_t member) {
                  ((Team *)it)->task(((Team *)it)->argument, member, *(Team *)it);
                },
                &team};
  crew.begin(job);
  task(argument, 0, team);
  crew.finish();
  if (crew.size() && !rests()) next_rest = SHORTEST_REST;
}

int64_t size_of(const Team &team) { return team.size.load(std::memory_order_relaxed); }

void meet_team(Team &team, int64_t member, int64_t members) {
  const int64_t meeting = team.meeting.load();
  if (team.here.fetch_add(1) + 1 == members) {
    team.here.store(0);
    team.meeting.store(meeting + 1);
    if (!team.sleepers.load()) return;
    std::lock_guard<std::mutex> held(team.lock);
    return team.over.notify_all();
  }
  for (int i = 0; i < LOOKS; i++, pause())
    if (team.meeting.load(std::memory_order_acquire) != meeting) return;
  const Clock::time_point slept = Clock::now();
  {
    std::unique_lock<std::mutex> held(team.lock);
    team.sleepers.fetch_add(1);
    team.over.wait(held, [&] { return team.meeting.load() != meeting; });
    team.sleepers.fetch_sub(1);
  }
  if (!member) team.waited += Clock::now() - slept;
}

void settle_team(Team &team) {
  if (team.waited < LONG_WAIT || team.waited < (Clock::now() - team.began) / 4) return;
  team.size.store(1, std::memory_order_relaxed);
  team.waited = {};
  rest();
}
