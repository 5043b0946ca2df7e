namespace SniForward.Transport.Epoll;

/// <summary>Brings what awaits something from elsewhere back to the reactor's thread.</summary>
internal sealed class ReactorContext(Reactor reactor) : SynchronizationContext
{
    public override void Post(SendOrPostCallback d, object? state) => reactor.Post(d, state);

    public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException();

    public override SynchronizationContext CreateCopy() => this;
}
