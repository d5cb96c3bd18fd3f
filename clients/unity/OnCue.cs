// Speaks with an OnCue server: sound while it is still being made, words and mouth in time with what is heard.
//
// One file to copy into Assets. In Unity, add the component OnCueVoice (at the end of this file) to an object with an
// AudioSource. Everything above it is plain C# (.NET Standard 2.0) and needs no Unity: the class OnCue is fed with
// the packets of any WebSocket and drained by whoever plays. It does not ask whether a packet was text or binary: a frame
// of sound begins with 0xA1, and no JSON text does, so it works with sockets that cannot tell (NativeWebSocket).
// The protocol is docs/protocol.md of OnCue.

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace OnCueVoices
{
    /// <summary>A line: what was asked, what has arrived, and where the listener is. Samples are counted at OnCue.Rate.</summary>
    public sealed class Line
    {
        public readonly string Id;
        public readonly string Text;
        public int Number = -1;
        /// <summary>How long it will be, in samples; exact where a length was asked for. Known before there is sound.</summary>
        public long PlannedSamples;
        public bool Exact;
        public long ReceivedSamples;
        public long HeardSamples;
        /// <summary>"complete", "cancelled" or "failed" once the server has said so.</summary>
        public string Reason;
        public bool Stopped;

        internal readonly Queue<float[]> Sound = new Queue<float[]>();
        internal int Taken;
        internal readonly List<Mark> Words = new List<Mark>();
        internal readonly List<Mark> Visemes = new List<Mark>();
        internal readonly List<Track> Mouth = new List<Track>();

        public Line(string id, string text) { Id = id; Text = text; }
    }

    public struct Mark
    {
        public string Text;
        public int CharStart, CharEnd;
        public long Start, End;
    }

    internal struct Track
    {
        public long Start, Step;
        public float[] Values;
    }

    /// <summary>The session, without a socket and without a player. Not to be shared between threads, but for Read.</summary>
    public sealed class OnCue
    {
        public const byte Magic = 0xA1;
        private const int HeaderBytes = 20;
        private const double ReportSeconds = 0.2;

        public readonly int Rate;
        /// <summary>A text to send.</summary>
        private readonly Action<string> _send;
        private readonly List<Line> _lines = new List<Line>();   // in the order they are heard; the first one plays
        private readonly Dictionary<string, Line> _byId = new Dictionary<string, Line>();
        private readonly Dictionary<int, Line> _byNumber = new Dictionary<int, Line>();
        private readonly List<string> _unsent = new List<string>();
        private readonly object _lock = new object();
        private int _nextId;
        private bool _open;
        private double _reportedAt = double.NegativeInfinity;

        public event Action<string[]> Opened = delegate { };
        /// <summary>Before the first sound: the line, seconds, and whether they will be kept exactly.</summary>
        public event Action<Line, double, bool> LineStarted = delegate { };
        public event Action<Line, Mark> WordSpoken = delegate { };
        public event Action<Line> LineEnded = delegate { };
        public event Action<string> Failed = delegate { };

        /// <summary>0 closed, 1 open, now.</summary>
        public float MouthOpen { get; private set; }
        /// <summary>One of sil PP FF TH DD kk CH SS nn RR aa E ih oh ou.</summary>
        public string Viseme { get; private set; }
        public bool Speaking { get { return _lines.Count > 0; } }

        public OnCue(int rate, Action<string> send)
        {
            Rate = rate;
            _send = send;
            Viseme = "sil";
        }

        public static string StreamUrl(string url)
        {
            string address = url.TrimEnd('/') + "/v1/stream";
            return address.StartsWith("http", StringComparison.Ordinal) ? "ws" + address.Substring(4) : address;
        }

        /// <summary>The socket is there.</summary>
        public void Connected()
        {
            _open = true;
            _send("{\"type\":\"open\",\"audio\":{\"codec\":\"pcm_s16le\",\"rate\":" + Rate.ToString(CultureInfo.InvariantCulture)
                + "},\"marks\":[\"word\",\"viseme\",\"mouth\"]}");
            foreach (string text in _unsent) _send(text);
            _unsent.Clear();
        }

        /// <summary>The socket is gone: every line ends, and the mouth is closed.</summary>
        public void Disconnected()
        {
            List<Line> lost;
            lock (_lock)
            {
                lost = new List<Line>(_lines);
                _lines.Clear();
            }
            _open = false;
            _byId.Clear();
            _byNumber.Clear();
            CloseMouth();
            Failed("The OnCue server closed the connection, or there is none.");
            foreach (Line line in lost)
            {
                line.Reason = "failed";
                LineEnded(line);
            }
        }

        /// <summary>Ask for a line; it is heard after those asked for before. Give seconds, or leave its length free.</summary>
        public Line Speak(string text, string voice = null, string emotion = null, double? seconds = null)
        {
            var line = new Line((++_nextId).ToString(CultureInfo.InvariantCulture), text);
            bool waits;
            lock (_lock)
            {
                _lines.Add(line);
                waits = _lines.Count > 1;
            }
            _byId[line.Id] = line;
            var message = new StringBuilder("{\"type\":\"speak\",\"id\":\"").Append(line.Id).Append("\",\"text\":");
            Json.Write(message, text);
            if (voice != null) Json.Write(message.Append(",\"voice\":"), voice);
            if (emotion != null) Json.Write(message.Append(",\"emotion\":{\"text\":"), emotion).Append('}');
            if (seconds != null) message.Append(",\"duration\":{\"seconds\":").Append(Json.Number(seconds.Value)).Append('}');
            Send(message.Append('}').ToString());
            if (waits) Send("{\"type\":\"played\",\"id\":\"" + line.Id + "\",\"samples\":0}"); // it waits for its turn
            return line;
        }

        /// <summary>A length for what is not yet made of a line, also while it plays.</summary>
        public void Retarget(Line line, double seconds)
        {
            if (line.Reason == null)
                Send("{\"type\":\"update\",\"id\":\"" + line.Id + "\",\"duration\":{\"seconds\":" + Json.Number(seconds) + "}}");
        }

        /// <summary>Silence at once. LineEnded comes when the server has confirmed it.</summary>
        public void Stop(Line line)
        {
            lock (_lock)
            {
                line.Stopped = true;
                line.Sound.Clear();
                line.Taken = 0;
                line.Words.Clear();
                line.Visemes.Clear();
                line.Mouth.Clear();
            }
            if (line.Reason == null) Send("{\"type\":\"cancel\",\"id\":\"" + line.Id + "\",\"fade_ms\":0}");
            CloseMouth();
        }

        public void StopAll()
        {
            foreach (Line line in _lines.ToArray()) Stop(line);
        }

        /// <summary>A packet of the socket, text or binary.</summary>
        public void Receive(byte[] packet)
        {
            if (packet.Length > 0 && packet[0] == Magic) TakeSound(packet);
            else TakeMessage(Json.Parse(Encoding.UTF8.GetString(packet)) as Dictionary<string, object>);
        }

        /// <summary>
        /// Fill a mono buffer with what comes next, and with silence where nothing is there yet: the player's callback, from
        /// any thread. Returns how many samples of speech were in it.
        /// </summary>
        public int Read(float[] buffer)
        {
            int filled = 0;
            lock (_lock)
            {
                Line line = _lines.Count > 0 ? _lines[0] : null;
                while (line != null && filled < buffer.Length && line.Sound.Count > 0)
                {
                    float[] sound = line.Sound.Peek();
                    int count = Math.Min(buffer.Length - filled, sound.Length - line.Taken);
                    Array.Copy(sound, line.Taken, buffer, filled, count);
                    filled += count;
                    line.Taken += count;
                    line.HeardSamples += count;
                    if (line.Taken == sound.Length)
                    {
                        line.Sound.Dequeue();
                        line.Taken = 0;
                    }
                }
            }
            Array.Clear(buffer, filled, buffer.Length - filled);
            return filled;
        }

        /// <summary>Once a frame of the game: words and mouth to where the listener is, and the line's end.</summary>
        /// <param name="seconds">Any clock that goes forward.</param>
        public void Update(double seconds)
        {
            if (_lines.Count == 0) return;
            Line line = _lines[0];
            long heard;
            bool over;
            lock (_lock)
            {
                heard = line.HeardSamples;
                over = line.Reason != null && line.Sound.Count == 0;
            }
            Show(line, heard, over);
            if (over)
            {
                CloseMouth();
                lock (_lock) _lines.Remove(line);
                _byId.Remove(line.Id);
                _byNumber.Remove(line.Number);
                LineEnded(line);
            }
            else if (line.Reason == null && line.ReceivedSamples > 0 && seconds - _reportedAt >= ReportSeconds)
            {
                _reportedAt = seconds;
                Send("{\"type\":\"played\",\"id\":\"" + line.Id + "\",\"samples\":" + heard.ToString(CultureInfo.InvariantCulture) + "}");
            }
        }

        private void Show(Line line, long heard, bool over)
        {
            while (line.Words.Count > 0 && heard > 0 && line.Words[0].Start <= heard)
            {
                Mark word = line.Words[0];
                line.Words.RemoveAt(0);
                WordSpoken(line, word);
            }
            while (line.Visemes.Count > 0 && heard > 0 && line.Visemes[0].Start <= heard)
            {
                Viseme = line.Visemes[0].Text;
                line.Visemes.RemoveAt(0);
            }
            while (line.Mouth.Count > 1 && line.Mouth[1].Start <= heard) line.Mouth.RemoveAt(0);
            MouthOpen = 0f;
            if (over || line.Mouth.Count == 0 || heard < line.Mouth[0].Start) return;
            Track track = line.Mouth[0];
            long at = (heard - track.Start) / track.Step;
            if (at < track.Values.Length && heard < line.ReceivedSamples) MouthOpen = track.Values[at];
        }

        private void CloseMouth()
        {
            MouthOpen = 0f;
            Viseme = "sil";
        }

        private void TakeSound(byte[] packet)
        {
            if (packet.Length < HeaderBytes || packet[1] != 1) return; // only pcm_s16le was asked for
            Line line;
            if (!_byNumber.TryGetValue(packet[2] | packet[3] << 8, out line) || line.Stopped) return;
            var sound = new float[(packet.Length - HeaderBytes) / 2];
            for (int i = 0; i < sound.Length; i++)
                sound[i] = (short)(packet[HeaderBytes + 2 * i] | packet[HeaderBytes + 2 * i + 1] << 8) / 32768f;
            lock (_lock)
            {
                if (line.Stopped) return;
                line.Sound.Enqueue(sound);
                line.ReceivedSamples += sound.Length;
            }
        }

        private void TakeMessage(Dictionary<string, object> message)
        {
            if (message == null) return;
            Line line = null;
            string id = Json.Text(message, "id");
            if (id != null) _byId.TryGetValue(id, out line);
            switch (Json.Text(message, "type"))
            {
                case "ready":
                    var voices = new List<string>();
                    foreach (object voice in (List<object>)message["voices"]) voices.Add((string)voice);
                    Opened(voices.ToArray());
                    break;
                case "started":
                    if (line == null) return;
                    line.Number = (int)(double)message["number"];
                    _byNumber[line.Number] = line;
                    line.Exact = message["target_samples"] != null;
                    line.PlannedSamples = (long)(double)message["planned_samples"];
                    LineStarted(line, line.PlannedSamples / (double)Rate, line.Exact);
                    break;
                case "plan":
                    if (line != null) line.PlannedSamples = (long)(double)message["planned_samples"];
                    break;
                case "marks":
                    if (line != null && !line.Stopped) TakeMarks(line, message);
                    break;
                case "done":
                    if (line == null) return;
                    var failure = message["error"] as Dictionary<string, object>;
                    if (failure != null) Failed(Json.Text(failure, "message"));
                    line.Reason = Json.Text(message, "reason");
                    break;
                case "error":
                    // About a line that is made already: it crossed our message.
                    if (id != null && (line == null || line.Reason != null)) return;
                    Failed(Json.Text(message, "message"));
                    if (line != null && (bool)message["terminal"]) line.Reason = "failed";
                    break;
            }
        }

        private static void TakeMarks(Line line, Dictionary<string, object> message)
        {
            foreach (object item in (List<object>)message["marks"])
            {
                var fields = (Dictionary<string, object>)item;
                var mark = new Mark
                {
                    Text = Json.Text(fields, "text"),
                    CharStart = (int)(double)fields["char_start"],
                    CharEnd = (int)(double)fields["char_end"],
                    Start = (long)(double)fields["start"],
                    End = (long)(double)fields["end"],
                };
                string kind = Json.Text(fields, "kind");
                if (kind == "word") line.Words.Add(mark);
                else if (kind == "viseme") line.Visemes.Add(mark);
            }
            var mouth = message["mouth"] as Dictionary<string, object>;
            if (mouth == null) return;
            var values = (List<object>)mouth["values"];
            var track = new Track { Start = (long)(double)mouth["start"], Step = (long)(double)mouth["step"], Values = new float[values.Count] };
            for (int i = 0; i < values.Count; i++) track.Values[i] = (float)(double)values[i];
            line.Mouth.Add(track);
        }

        private void Send(string text)
        {
            if (_open) _send(text);
            else _unsent.Add(text);
        }
    }

    /// <summary>As much JSON as the protocol needs: Dictionary, List, string, double, bool, null.</summary>
    internal static class Json
    {
        public static string Text(Dictionary<string, object> fields, string name)
        {
            object value;
            return fields.TryGetValue(name, out value) ? value as string : null;
        }

        public static string Number(double value) { return value.ToString("R", CultureInfo.InvariantCulture); }

        public static StringBuilder Write(StringBuilder to, string text)
        {
            to.Append('"');
            foreach (char c in text)
            {
                if (c == '"' || c == '\\') to.Append('\\').Append(c);
                else if (c < ' ') to.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
                else to.Append(c);
            }
            return to.Append('"');
        }

        /// <summary>The value of a text, or null for one that is no JSON.</summary>
        public static object Parse(string text)
        {
            int at = 0;
            try
            {
                return Value(text, ref at);
            }
            catch (FormatException)
            {
                return null;
            }
            catch (IndexOutOfRangeException)
            {
                return null;
            }
        }

        private static object Value(string text, ref int at)
        {
            Skip(text, ref at);
            switch (text[at])
            {
                case '{':
                    var fields = new Dictionary<string, object>();
                    at++;
                    while (More(text, ref at, '}'))
                    {
                        string name = String(text, ref at);
                        Skip(text, ref at);
                        if (text[at++] != ':') throw new FormatException();
                        fields[name] = Value(text, ref at);
                    }
                    return fields;
                case '[':
                    var items = new List<object>();
                    at++;
                    while (More(text, ref at, ']')) items.Add(Value(text, ref at));
                    return items;
                case '"': return String(text, ref at);
                case 't': at += 4; return true;
                case 'f': at += 5; return false;
                case 'n': at += 4; return null;
                default:
                    int start = at;
                    while (at < text.Length && "+-.0123456789eE".IndexOf(text[at]) >= 0) at++;
                    return double.Parse(text.Substring(start, at - start), NumberStyles.Float, CultureInfo.InvariantCulture);
            }
        }

        /// <summary>Whether another item follows; passes over the comma before it, or the end.</summary>
        private static bool More(string text, ref int at, char end)
        {
            Skip(text, ref at);
            if (text[at] == ',') at++;
            Skip(text, ref at);
            if (text[at] != end) return true;
            at++;
            return false;
        }

        private static string String(string text, ref int at)
        {
            if (text[at++] != '"') throw new FormatException();
            var found = new StringBuilder();
            for (; text[at] != '"'; at++)
            {
                if (text[at] != '\\')
                {
                    found.Append(text[at]);
                    continue;
                }
                char escaped = text[++at];
                switch (escaped)
                {
                    case 'n': found.Append('\n'); break;
                    case 't': found.Append('\t'); break;
                    case 'r': found.Append('\r'); break;
                    case 'b': found.Append('\b'); break;
                    case 'f': found.Append('\f'); break;
                    case 'u':
                        found.Append((char)int.Parse(text.Substring(at + 1, 4), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
                        at += 4;
                        break;
                    default: found.Append(escaped); break;
                }
            }
            at++;
            return found.ToString();
        }

        private static void Skip(string text, ref int at)
        {
            while (text[at] == ' ' || text[at] == '\n' || text[at] == '\r' || text[at] == '\t') at++;
        }
    }
}

#if UNITY_5_3_OR_NEWER
namespace OnCueVoices
{
    using System.Collections.Concurrent;
    using System.Net.WebSockets;
    using System.Threading;
    using System.Threading.Tasks;
    using UnityEngine;

    /// <summary>
    /// The component. It plays through a streaming AudioClip at the protocol's rate, so nothing is resampled here. WebGL has no
    /// sockets of .NET: there, drive the class OnCue with NativeWebSocket (Receive in OnMessage, SendText as send).
    /// </summary>
    [RequireComponent(typeof(AudioSource))]
    public sealed class OnCueVoice : MonoBehaviour
    {
        public string url = "http://127.0.0.1:8760";
        public string token = "";
        public int rate = 24000;
        [Tooltip("Optional: a blend shape from 0 to 100 that opens the mouth.")]
        public SkinnedMeshRenderer face;
        public int mouthBlendShape = -1;

        public OnCue Voice { get; private set; }

        private readonly ConcurrentQueue<byte[]> _received = new ConcurrentQueue<byte[]>();
        private readonly BlockingCollection<string> _toSend = new BlockingCollection<string>();
        private readonly CancellationTokenSource _ended = new CancellationTokenSource();
        private volatile int _state; // 0 connecting, 1 connected, 2 told so, 3 lost, 4 told so

        private void Awake()
        {
            Voice = new OnCue(rate, _toSend.Add);
            Voice.Failed += message => Debug.LogWarning("OnCue: " + message);
            var source = GetComponent<AudioSource>();
            source.clip = AudioClip.Create("OnCue", rate, 1, rate, true, data => Voice.Read(data));
            source.loop = true;
            source.Play();
            Task.Run(Run);
        }

        private void Update()
        {
            if (_state == 1)
            {
                _state = 2;
                Voice.Connected();
            }
            byte[] packet;
            while (_received.TryDequeue(out packet)) Voice.Receive(packet);
            if (_state == 3)
            {
                _state = 4;
                Voice.Disconnected();
            }
            Voice.Update(Time.realtimeSinceStartupAsDouble);
            if (face != null && mouthBlendShape >= 0) face.SetBlendShapeWeight(mouthBlendShape, 100f * Voice.MouthOpen);
        }

        private void OnDestroy()
        {
            _ended.Cancel();
        }

        private async Task Run()
        {
            using (var socket = new ClientWebSocket())
            {
                try
                {
                    socket.Options.SetBuffer(128 * 1024, 16 * 1024); // several packets for each read of the system
                    if (token != "") socket.Options.SetRequestHeader("Authorization", "Bearer " + token);
                    await socket.ConnectAsync(new Uri(OnCue.StreamUrl(url)), _ended.Token);
                    _state = 1;
                    var sending = Task.Run(() => SendAll(socket));
                    await ReceiveAll(socket);
                }
                catch (Exception error) when (error is WebSocketException || error is OperationCanceledException)
                {
                }
                if (!_ended.IsCancellationRequested) _state = 3;
            }
        }

        private void SendAll(ClientWebSocket socket)
        {
            foreach (string text in _toSend.GetConsumingEnumerable(_ended.Token))
                socket.SendAsync(new ArraySegment<byte>(Encoding.UTF8.GetBytes(text)), WebSocketMessageType.Text, true, _ended.Token).Wait();
        }

        private async Task ReceiveAll(ClientWebSocket socket)
        {
            var buffer = new byte[128 * 1024];
            int length = 0;
            while (socket.State == WebSocketState.Open)
            {
                if (length == buffer.Length) Array.Resize(ref buffer, 2 * buffer.Length);
                var part = await socket.ReceiveAsync(new ArraySegment<byte>(buffer, length, buffer.Length - length), _ended.Token);
                if (part.MessageType == WebSocketMessageType.Close) return;
                length += part.Count;
                if (!part.EndOfMessage) continue;
                var packet = new byte[length];
                Array.Copy(buffer, packet, length);
                _received.Enqueue(packet);
                length = 0;
            }
        }
    }
}
#endif
