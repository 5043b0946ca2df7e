namespace SniForward.Securing;

/// <summary>Whether clients show a certificate of their own.</summary>
internal enum ClientAuth
{
    /// <summary>They are not asked for one.</summary>
    None,

    /// <summary>They may; one that is not trusted is refused all the same.</summary>
    Request,

    /// <summary>They must.</summary>
    Require,
}
