using System.Runtime.CompilerServices;

namespace SniForward.Transport;

/// <summary>
/// An async method that nobody awaits. While it waits, its state lives in an object that is used again, as with
/// <see cref="PooledAsyncMethodBuilder{TResult}"/>. It must let no exception out.
/// </summary>
[AsyncMethodBuilder(typeof(DetachedMethodBuilder))]
internal readonly struct Detached;
