// The same class without Unity: says one line at the pace of a sound card, and prints what a game would be told.
//   mcs -r:System.Net.Http.dll OnCue.cs Console.cs -out:oncue.exe && mono oncue.exe http://127.0.0.1:8760 "Hello there." 1.5

using System;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.WebSockets;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using OnCueVoices;

internal static class Program
{
    private static int Main(string[] words)
    {
        Thread.CurrentThread.CurrentCulture = new CultureInfo("de-DE"); // numbers must not depend on it
        double seconds = 0;
        if (words.Length < 2 || (words.Length > 2 && !double.TryParse(words[2], NumberStyles.Float, CultureInfo.InvariantCulture, out seconds)))
        {
            Console.Error.WriteLine("oncue.exe URL TEXT [SECONDS], for example: oncue.exe http://127.0.0.1:8760 \"Hello there.\" 1.5");
            return 2;
        }
        return Say(words[0], words[1], words.Length > 2 ? seconds : (double?)null).Result;
    }

    private static async Task<int> Say(string url, string text, double? seconds)
    {
        using (var socket = new ClientWebSocket())
        {
            socket.Options.SetBuffer(128 * 1024, 16 * 1024); // several packets for each read of the system
            try
            {
                await socket.ConnectAsync(new Uri(OnCue.StreamUrl(url)), CancellationToken.None);
            }
            catch (WebSocketException)
            {
                Console.Error.WriteLine("There is no OnCue server to talk to at " + url + ".");
                return 1;
            }
            var toSend = new BlockingCollection<string>();
            var received = new BlockingCollection<byte[]>();
            var voice = new OnCue(24000, toSend.Add);
            int code = -1;
            float widest = 0;
            voice.LineStarted += (line, planned, exact) => Print("line {0} will be {1:F3} s ({2})", line.Id, planned, exact ? "exact" : "expected");
            voice.WordSpoken += (line, word) => Print("word: {0}", word.Text);
            voice.Failed += message => Console.Error.WriteLine(message);
            voice.LineEnded += line =>
            {
                Print("line {0} {1} after {2:F3} s, mouth {3:F2} at most and {4:F2} now", line.Id, line.Reason,
                    line.HeardSamples / 24000.0, widest, voice.MouthOpen);
                code = line.Reason == "complete" ? 0 : 1;
            };
            voice.Connected();
            voice.Speak(text, seconds: seconds);
            _ = Task.Run(() => SendAll(socket, toSend));
            _ = Task.Run(() => ReceiveAll(socket, received));
            var sound = new float[240]; // 10 ms, as a sound card asks
            var clock = Stopwatch.StartNew();
            for (int ticks = 1; code < 0; ticks++)
            {
                int early = 10 * ticks - (int)clock.ElapsedMilliseconds;
                if (early > 0) Thread.Sleep(early);
                byte[] packet;
                while (received.TryTake(out packet)) voice.Receive(packet); // text or binary: it does not ask
                if (received.IsCompleted) voice.Disconnected();
                voice.Read(sound);
                voice.Update(clock.Elapsed.TotalSeconds);
                widest = Math.Max(widest, voice.MouthOpen);
            }
            return code;
        }
    }

    private static void SendAll(ClientWebSocket socket, BlockingCollection<string> toSend)
    {
        foreach (string text in toSend.GetConsumingEnumerable())
            socket.SendAsync(new ArraySegment<byte>(Encoding.UTF8.GetBytes(text)), WebSocketMessageType.Text, true, CancellationToken.None).Wait();
    }

    /// <summary>Never in the loop that plays: there one packet a tick would be taken on a busy machine, and sound come slower than it is heard.</summary>
    private static async Task ReceiveAll(ClientWebSocket socket, BlockingCollection<byte[]> received)
    {
        var buffer = new byte[128 * 1024];
        int length = 0;
        try
        {
            while (true)
            {
                var part = await socket.ReceiveAsync(new ArraySegment<byte>(buffer, length, buffer.Length - length), CancellationToken.None).ConfigureAwait(false);
                if (part.MessageType == WebSocketMessageType.Close) break;
                length += part.Count;
                if (!part.EndOfMessage) continue;
                var packet = new byte[length];
                Array.Copy(buffer, packet, length);
                received.Add(packet);
                length = 0;
            }
        }
        catch (WebSocketException)
        {
        }
        received.CompleteAdding();
    }

    private static void Print(string format, params object[] values)
    {
        Console.WriteLine(string.Format(CultureInfo.InvariantCulture, format, values));
    }
}
