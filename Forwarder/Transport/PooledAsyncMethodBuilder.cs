using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;

namespace SniForward.Transport;

/// <summary>
/// Builds async methods whose state, once they wait, lives in objects that are used again, as many as were ever waiting
/// at once. (That of .NET keeps about one a thread, and allocates the others each time.) The objects are kept by threads
/// that asked for it with <see cref="PooledAsync.KeepOnThisThread"/>, as an engine's thread does; what runs elsewhere allocates. The
/// ValueTask must be awaited once. The execution context does not flow.
/// </summary>
internal struct PooledAsyncMethodBuilder<TResult>
{
    private Box? _box;
    private TResult? _result;

    public static PooledAsyncMethodBuilder<TResult> Create() => default;

    public readonly ValueTask<TResult> Task => _box is null ? new ValueTask<TResult>(_result!) : new ValueTask<TResult>(_box, _box.Version);

#pragma warning disable CA1822 // The compiler wants these on the instance.
    public readonly void Start<TStateMachine>(ref TStateMachine stateMachine)
        where TStateMachine : IAsyncStateMachine => stateMachine.MoveNext();

    public readonly void SetStateMachine(IAsyncStateMachine stateMachine)
    {
    }
#pragma warning restore CA1822

    public void SetResult(TResult result)
    {
        if (_box is null) _result = result;
        else _box.SetResult(result);
    }

    public void SetException(Exception exception)
    {
        // Faults are rare enough to pay for a box that no state machine is in.
        _box ??= new Box();
        _box.SetException(exception);
    }

    public void AwaitOnCompleted<TAwaiter, TStateMachine>(ref TAwaiter awaiter, ref TStateMachine stateMachine)
        where TAwaiter : INotifyCompletion
        where TStateMachine : IAsyncStateMachine => awaiter.OnCompleted(MoveNextOf(ref stateMachine));

    public void AwaitUnsafeOnCompleted<TAwaiter, TStateMachine>(ref TAwaiter awaiter, ref TStateMachine stateMachine)
        where TAwaiter : ICriticalNotifyCompletion
        where TStateMachine : IAsyncStateMachine => awaiter.UnsafeOnCompleted(MoveNextOf(ref stateMachine));

    private Action MoveNextOf<TStateMachine>(ref TStateMachine stateMachine)
        where TStateMachine : IAsyncStateMachine
    {
        if (_box is Box<TStateMachine> running) return running.MoveNext;

        var box = Box<TStateMachine>.Rent();
        // This builder is a part of the state machine, which is copied with it.
        _box = box;
        box.StateMachine = stateMachine;
        return box.MoveNext;
    }

    private class Box : IValueTaskSource<TResult>
    {
        private ManualResetValueTaskSourceCore<TResult> _core;

        public short Version => _core.Version;

        public void SetResult(TResult result) => _core.SetResult(result);

        public void SetException(Exception exception) => _core.SetException(exception);

        public TResult GetResult(short token)
        {
            try
            {
                return _core.GetResult(token);
            }
            finally
            {
                _core.Reset();
                Return();
            }
        }

        public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

        public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
            _core.OnCompleted(continuation, state, token, flags);

        protected virtual void Return()
        {
        }
    }

    private sealed class Box<TStateMachine> : Box
        where TStateMachine : IAsyncStateMachine
    {
        [ThreadStatic]
        private static Box<TStateMachine>? _idle;

        private Box<TStateMachine>? _next;

        private Box() => MoveNext = () => StateMachine!.MoveNext();

        public TStateMachine? StateMachine;

        public Action MoveNext { get; }

        public static Box<TStateMachine> Rent()
        {
            if (_idle is not { } box) return new Box<TStateMachine>();
            _idle = box._next;
            return box;
        }

        protected override void Return()
        {
            StateMachine = default;
            if (!PooledAsync.KeptOnThisThread) return;
            _next = _idle;
            _idle = this;
        }
    }
}
