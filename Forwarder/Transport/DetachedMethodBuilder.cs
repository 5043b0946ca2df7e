using System.Runtime.CompilerServices;

namespace SniForward.Transport;

/// <summary>Builds <see cref="Detached"/> methods.</summary>
internal struct DetachedMethodBuilder
{
    private Box? _box;

    public static DetachedMethodBuilder Create() => default;

#pragma warning disable CA1822 // The compiler wants these on the instance.
    public readonly Detached Task => default;

    public readonly void Start<TStateMachine>(ref TStateMachine stateMachine)
        where TStateMachine : IAsyncStateMachine => stateMachine.MoveNext();

    public readonly void SetStateMachine(IAsyncStateMachine stateMachine)
    {
    }

    public readonly void SetException(Exception exception) =>
        Environment.FailFast("An exception left a method that nobody awaits.", exception);
#pragma warning restore CA1822

    public readonly void SetResult() => _box?.Return();

    public void AwaitOnCompleted<TAwaiter, TStateMachine>(ref TAwaiter awaiter, ref TStateMachine stateMachine)
        where TAwaiter : INotifyCompletion
        where TStateMachine : IAsyncStateMachine => awaiter.OnCompleted(MoveNextOf(ref stateMachine));

    public void AwaitUnsafeOnCompleted<TAwaiter, TStateMachine>(ref TAwaiter awaiter, ref TStateMachine stateMachine)
        where TAwaiter : ICriticalNotifyCompletion
        where TStateMachine : IAsyncStateMachine => awaiter.UnsafeOnCompleted(MoveNextOf(ref stateMachine));

    private Action MoveNextOf<TStateMachine>(ref TStateMachine stateMachine)
        where TStateMachine : IAsyncStateMachine
    {
        if (_box is not null) return _box.MoveNext;

        var box = Box<TStateMachine>.Rent();
        // This builder is a part of the state machine, which is copied with it.
        _box = box;
        box.StateMachine = stateMachine;
        return box.MoveNext;
    }

    private abstract class Box
    {
        protected Box() => MoveNext = Resume;

        public Action MoveNext { get; }

        public abstract void Return();

        protected abstract void Resume();
    }

    private sealed class Box<TStateMachine> : Box
        where TStateMachine : IAsyncStateMachine
    {
        [ThreadStatic]
        private static Box<TStateMachine>? _idle;

        private Box<TStateMachine>? _next;

        public TStateMachine? StateMachine;

        public static Box<TStateMachine> Rent()
        {
            if (_idle is not { } box) return new Box<TStateMachine>();
            _idle = box._next;
            return box;
        }

        public override void Return()
        {
            StateMachine = default;
            if (!PooledAsync.KeptOnThisThread) return;
            _next = _idle;
            _idle = this;
        }

        protected override void Resume() => StateMachine!.MoveNext();
    }
}
