# Speaks with an OnCue server: sound while it is still being made, words and mouth in time with what is heard.
# For Godot 4. Copy this one file; add it to a node; call open() once and speak() for each line.
#
# One line plays after another: the next one is asked for at once, so it waits on the server and not on the player.
# The protocol is docs/protocol.md of OnCue.
extends Node

signal opened(voices)                        # the session is there
signal line_started(id, text, seconds, exact) # before the first sound: how long it will be
signal word_spoken(id, text, from, to)       # when the word is heard; characters of the line
signal viseme_changed(viseme)                # one of sil PP FF TH DD kk CH SS nn RR aa E ih oh ou
signal line_ended(id, reason, seconds)       # complete, cancelled or failed; after the last sample was heard
signal failed(message)                       # a sentence for a person; the line it concerns has ended

@export var rate := 24000          # 8000, 16000, 22050, 24000, 44100 or 48000
@export var buffer_seconds := 0.15 # how much sound lies in the player: less stops sooner, more survives slow frames
@export var bus := &"Master"

var mouth_open := 0.0  # 0 closed, 1 open, now
var viseme := "sil"
var skips := 0         # how often the player ran dry, by the engine's count

const MAGIC := 0xA1
const REPORT_MS := 200
const CHUNK := 256 # samples

var _socket: WebSocketPeer
var _is_open := false
var _next_id := 0
var _lines := []       # in the order they are heard; the first one plays
var _by_id := {}
var _by_number := {}
var _player: AudioStreamPlayer
var _playback: AudioStreamGeneratorPlayback
var _capacity := 0
var _pushed := 0       # frames of the playing line handed to the player
var _reported_ms := 0


class Line:
	var id: String
	var text: String
	var number := -1
	var packets := []  # StreamPeerBuffers, read up to what was pushed
	var words := []
	var visemes := []
	var mouth := []                  # [start, step, values]
	var received := 0  # samples
	var heard := 0     # samples, once it was stopped
	var done = null                  # the server's last message
	var stopped := false
	var message := {} # what asked for it, until the connection is there


func open(url := "http://127.0.0.1:8760", token := "") -> int:
	_socket = WebSocketPeer.new()
	_socket.inbound_buffer_size = 512 * 1024 # a frame is at most 40 KiB, and several may wait
	_socket.max_queued_packets = 1024
	if token != "":
		_socket.handshake_headers = PackedStringArray(["Authorization: Bearer " + token])
	var address := url.rstrip("/") + "/v1/stream"
	if address.begins_with("http"):
		address = "ws" + address.substr(4) # http to ws, https to wss
	return _socket.connect_to_url(address)


# Options are the fields of `speak`: voice, emotion {"preset": "happy"}, duration {"seconds": 1.5}, language, seed …
func speak(text: String, options := {}) -> String:
	_next_id += 1
	var line := Line.new()
	line.id = str(_next_id)
	line.text = text
	_lines.append(line)
	_by_id[line.id] = line
	var message: Dictionary = options.duplicate()
	message["type"] = "speak"
	message["id"] = line.id
	message["text"] = text
	_send(message)
	if _lines[0] != line:
		_send({"type": "played", "id": line.id, "samples": 0}) # it waits for its turn
	return line.id


# A length in seconds for what is not yet made of a line, also while it plays.
func retarget(id: String, seconds: float) -> void:
	_send({"type": "update", "id": id, "duration": {"seconds": seconds}})


func feel(id: String, emotion: Dictionary) -> void:
	_send({"type": "update", "id": id, "emotion": emotion})


# Silence at once: the line that plays, or all of them.
func stop(all := false) -> void:
	for index in range(_lines.size() if all else mini(1, _lines.size())):
		var line: Line = _lines[index]
		if index == 0:
			line.heard = _heard()
		line.stopped = true
		line.packets = []
		line.words = []
		line.visemes = []
		line.mouth = []
		_send({"type": "cancel", "id": line.id, "fade_ms": 0})
	_silence()
	_close_mouth()


func is_speaking() -> bool:
	return not _lines.is_empty()


func _ready() -> void:
	_player = AudioStreamPlayer.new()
	_player.bus = bus
	add_child(_player)


func _process(_delta: float) -> void:
	if _socket != null:
		_poll()
	if _lines.is_empty() or not _is_open:
		return
	var line: Line = _lines[0]
	_push(line)
	var heard: int = line.heard if line.stopped else _heard()
	_show(line, heard)
	if line.done != null and line.packets.is_empty() and (line.stopped or heard >= _pushed):
		_end(line, line.done["reason"], heard)
	elif line.done == null and line.received > 0 and Time.get_ticks_msec() - _reported_ms >= REPORT_MS:
		_reported_ms = Time.get_ticks_msec()
		_send({"type": "played", "id": line.id, "samples": heard})


# Decodes no more than fits into the player, so that a long packet never costs a frame of the game.
func _push(line: Line) -> void:
	if _playback == null:
		return
	while not line.packets.is_empty():
		var packet: StreamPeerBuffer = line.packets[0]
		var count := mini(CHUNK, packet.get_available_bytes() >> 1)
		if not _playback.can_push_buffer(count):
			return
		var frames := PackedVector2Array()
		frames.resize(count)
		for i in range(count):
			var value := packet.get_16() / 32768.0
			frames[i] = Vector2(value, value)
		_playback.push_buffer(frames)
		_pushed += count
		if packet.get_available_bytes() == 0:
			line.packets.pop_front()


# The sample that is heard now: what was pushed less what still lies in the player.
func _heard() -> int:
	if _playback == null or _pushed == 0:
		return 0
	skips = _playback.get_skips()
	return maxi(0, _pushed - (_capacity - _playback.get_frames_available()))


func _show(line: Line, heard: int) -> void:
	var opening := 0.0
	for track in line.mouth:
		var at: int = (heard - track[0]) / track[1]
		if heard >= track[0] and at < track[2].size():
			opening = track[2][at]
	mouth_open = opening if heard < _pushed else 0.0
	while not line.words.is_empty() and line.words[0]["start"] <= heard and heard > 0:
		var word: Dictionary = line.words.pop_front()
		word_spoken.emit(line.id, word["text"], int(word["char_start"]), int(word["char_end"]))
	while not line.visemes.is_empty() and line.visemes[0]["start"] <= heard and heard > 0:
		_set_viseme(line.visemes.pop_front()["text"])
	while line.mouth.size() > 1 and line.mouth[1][0] <= heard:
		line.mouth.pop_front()


func _set_viseme(shape: String) -> void:
	if shape != viseme:
		viseme = shape
		viseme_changed.emit(shape)


func _close_mouth() -> void:
	mouth_open = 0.0
	_set_viseme("sil")


func _end(line: Line, reason: String, heard: int) -> void:
	_close_mouth()
	_lines.erase(line)
	_by_id.erase(line.id)
	_by_number.erase(line.number)
	_pushed = 0
	if not _lines.is_empty():
		_restart() # each line counts its samples from 0
	line_ended.emit(line.id, reason, heard / float(rate))


func _silence() -> void:
	_player.stop()
	_playback = null
	_pushed = 0


func _restart() -> void:
	var generator := AudioStreamGenerator.new()
	generator.mix_rate = rate
	generator.buffer_length = buffer_seconds
	_player.stream = generator
	_player.play()
	_playback = _player.get_stream_playback()
	_capacity = _playback.get_frames_available()
	_pushed = 0


func _poll() -> void:
	_socket.poll()
	var state := _socket.get_ready_state()
	if state == WebSocketPeer.STATE_OPEN and not _is_open:
		_on_connected()
	while _socket.get_available_packet_count() > 0:
		_on_data(_socket.get_packet())
	if state == WebSocketPeer.STATE_CLOSED:
		_on_lost()


func _on_connected() -> void:
	_is_open = true
	_send({
		"type": "open", "audio": {"codec": "pcm_s16le", "rate": rate}, "marks": ["word", "viseme", "mouth"],
	})
	for line in _lines: # asked for before the connection was there
		_send(line.message)


func _on_lost() -> void:
	_is_open = false
	_socket = null
	_close_mouth()
	_silence()
	var lost := _lines
	_lines = []
	_by_id = {}
	_by_number = {}
	failed.emit("The OnCue server closed the connection, or there is none.")
	for line in lost:
		line_ended.emit(line.id, "failed", 0.0)


func _on_data(packet: PackedByteArray) -> void:
	if packet.size() > 0 and packet[0] == MAGIC:
		_on_sound(packet)
		return
	var message: Variant = JSON.parse_string(packet.get_string_from_utf8())
	if not message is Dictionary:
		return
	match message["type"]:
		"ready":
			opened.emit(message["voices"])
		"started":
			var line: Line = _by_id.get(message["id"])
			if line != null:
				line.number = int(message["number"])
				_by_number[line.number] = line
				var exact: bool = message["target_samples"] != null
				line_started.emit(line.id, line.text, message["planned_samples"] / float(rate), exact)
		"marks":
			_on_marks(message)
		"done":
			var line: Line = _by_id.get(message["id"])
			if line != null:
				line.done = message
				if message["error"] != null:
					failed.emit(message["error"]["message"])
		"error":
			var line: Line = _by_id.get(message["id"])
			if message["id"] != null and (line == null or line.done != null):
				return # about a line that is made already: it crossed our message
			failed.emit(message["message"])
			if message["terminal"] and line != null:
				line.done = {"reason": "failed"}


func _on_marks(message: Dictionary) -> void:
	var line: Line = _by_id.get(message["id"])
	if line == null or line.stopped:
		return
	for mark in message["marks"]:
		if mark["kind"] == "word":
			line.words.append(mark)
		elif mark["kind"] == "viseme":
			line.visemes.append(mark)
	if message["mouth"] != null:
		line.mouth.append([int(message["mouth"]["start"]), int(message["mouth"]["step"]), message["mouth"]["values"]])


func _on_sound(packet: PackedByteArray) -> void:
	var reader := StreamPeerBuffer.new() # little-endian, as the frame is
	reader.data_array = packet
	reader.seek(2)
	var line: Line = _by_number.get(reader.get_u16())
	reader.get_u32() # sequence
	reader.get_u64() # start sample: frames of a line come in order and without gaps
	var count := reader.get_u32() # then only the samples are left
	if line == null or line.stopped:
		return
	if _lines[0] == line and line.received == 0:
		_restart()
	line.packets.append(reader)
	line.received += count


func _send(message: Dictionary) -> void:
	if _is_open:
		_socket.send_text(JSON.stringify(message))
	elif message["type"] == "speak":
		_by_id[message["id"]].message = message
