import Foundation

/// Runs something that waits on a thread of its own, so that it keeps no other task from running.
///
/// It is still part of the task that calls: its task-local values are there, and failed expectations belong to its test.
package func onOwnThread<Value: Sendable>(_ body: @Sendable () throws -> Value) async throws -> Value {
    try await withTaskExecutorPreference(OwnThreads()) { try body() }
}

private final class OwnThreads: TaskExecutor {
    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        Thread.detachNewThread { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
