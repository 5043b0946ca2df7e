using System.Text.Json;
using System.Text.Json.Serialization;

namespace SniForward.Admin.Api;

/// <summary>How the answers of the API are written and read.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(Overview))]
[JsonSerializable(typeof(ConnectionList))]
[JsonSerializable(typeof(RefusalList))]
[JsonSerializable(typeof(Series))]
internal sealed partial class ApiJson : JsonSerializerContext;
