// What the page says, in English and Chinese; the browser's language decides until somebody chooses.

const WORDS = {
  en: {
    aiLabel: "AI-generated", aiLong: "Every voice on this page is AI-generated.",
    connecting: "Connecting…", ready: "Ready", lost: "Connection lost, trying again…",
    speak: "Speak", pause: "Pause", resume: "Go on", stop: "Stop", play: "Play", newTake: "New take", speakAll: "Speak all",
    textLabel: "What to say", placeholder: "Type a line and press Enter to hear it",
    hint: "Enter speaks the line. While it plays, drag its end or change the feeling.",
    firstText: "The lights go down, and for a moment nobody breathes.",
    character: "Character", narrator: "Narrator", newCharacter: "New character…", characterName: "Character's name",
    addLine: "Add a line", removeLine: "Remove this line", pasteScript: "Paste a script", script: "Script",
    pasteHelp: "One line each. “Name: what they say” makes a character.", apply: "Use it", cancel: "Cancel", close: "Close",
    voice: "Voice", voiceOf: "Voice of {name}", sample: "Hear {name}", sampleText: "This is how I sound.", addVoice: "Clone a voice",
    yours: "yours", removeVoice: "Remove the voice {name}", removeSure: "Remove the voice “{name}” from this server?",
    emotion: "Emotion", none: "as written", intensity: "Intensity", inWords: "…or in words", wordsExample: "tired, but proud of it",
    pad: "Pad", pleasure: "Unpleasant to pleasant", energy: "Calm to excited",
    happy: "happy", angry: "angry", sad: "sad", afraid: "afraid", disgusted: "disgusted", melancholic: "wistful", surprised: "surprised", calm: "calm",
    length: "Length", free: "Free", ratio: "Ratio", seconds: "Seconds", lengthHelpFree: "As long as the feeling makes it.",
    lengthHelpRatio: "{value} × the natural length", lengthHelpSeconds: "Ends after exactly {value} s", lengthValue: "How long",
    firstSound: "First sound", ahead: "Ahead", underruns: "Underruns", planned: "Plan", target: "Target", off: "Off target", samples: "samples",
    end: "End of the line", playhead: "Play from here", endText: "{value} seconds", timeline: "Timeline",
    stopped: "Stopped after {ms} ms, at “{word}”.", stoppedBare: "Stopped after {ms} ms.", finished: "Finished: {s} s.", speaking: "Speaking.",
    nearest: "That end cannot be reached any more. Nearest: {s} s.", exported: "Exported {name}.", exporting: "Making line {i} of {n}…",
    exportingMp3: "Making the MP3: {s} s of it are here…", exportFailed: "Nothing was exported: {message}",
    brokenOff: "the server broke off, or cannot be reached.",
    export: "Export", exportWav: "WAV, the whole script", exportSrt: "SRT subtitles", exportLines: "WAV, line by line", exportMp3: "MP3, the whole script", nothing: "There is nothing to speak yet.",
    shortcuts: "Keys", theme: "Light or dark", language: "中文",
    kSpeak: "Speak the line", kStop: "Stop at once (barge in)", kPause: "Pause and go on", kAdd: "Add a line", kMove: "Line before, line after",
    kSeek: "On the playhead: back, forward", kEnd: "On the end: earlier, later", kKeys: "These keys",
    cloneTitle: "Clone a voice", cloneHelp: "3 to 15 seconds of one person, close to the microphone, in a quiet room.",
    record: "Record", stopRecording: "Stop", recording: "Recording {s} s", dropHere: "Drop a recording here, or choose a file",
    noMicrophone: "Recording needs https or this machine itself. A file can still be dropped.", microphoneRefused: "The microphone may not be used: {message}",
    voiceName: "Name of the voice", consent: "The speaker agreed that this voice is made and used.", denoise: "Take steady noise out",
    makeVoice: "Make the voice", forceVoice: "Make it all the same", making: "Listening to the recording…", made: "“{name}” can speak now.",
    notAudio: "This file cannot be read as sound.", verdict_good: "A good recording", verdict_doubtful: "A doubtful recording", verdict_unusable: "Not usable",
    q_speech: "Speech", q_snr: "Over noise", q_clipped: "Clipped", q_rate: "Sample rate", q_loudness: "Loudness",
    tokenTitle: "This server wants its token", tokenHelp: "It is kept for this tab only.", token: "Token", enter: "Enter",
    more: "More", seed: "Seed", reading: "Read digits as", auto: "by context", zh: "Chinese", en: "English", codec: "Sound comes as", buffer: "Start after", strict: "Refuse lengths out of reach",
    plainPage: "Without https this page plays through an older interface.", failed: "The line failed: {message}",
    mouth: "Mouth", dubPage: "Dub a film", scenePage: "Scenes",
  },
  zh: {
    aiLabel: "AI生成", aiLong: "本页所有声音均由 AI 生成。",
    connecting: "正在连接…", ready: "就绪", lost: "连接中断，正在重连…",
    speak: "朗读", pause: "暂停", resume: "继续", stop: "停止", play: "播放", newTake: "再来一遍", speakAll: "全部朗读",
    textLabel: "要说的话", placeholder: "输入一句话，按回车就能听到",
    hint: "按回车朗读这一句；播放时可以拖动句尾或改变情绪。",
    firstText: "灯光暗下来，一时间没有人敢呼吸。",
    character: "角色", narrator: "旁白", newCharacter: "新角色…", characterName: "角色名",
    addLine: "加一句", removeLine: "删除这一句", pasteScript: "粘贴剧本", script: "剧本",
    pasteHelp: "一行一句。“名字：台词”会建立角色。", apply: "使用", cancel: "取消", close: "关闭",
    voice: "声音", voiceOf: "{name}的声音", sample: "试听 {name}", sampleText: "这就是我的声音。", addVoice: "克隆声音",
    yours: "自建", removeVoice: "删除声音 {name}", removeSure: "从这台服务器上删除声音“{name}”？",
    emotion: "情绪", none: "按原文", intensity: "强度", inWords: "……或用文字描述", wordsExample: "疲惫，但很自豪",
    pad: "情绪板", pleasure: "不愉快到愉快", energy: "平静到激动",
    happy: "高兴", angry: "愤怒", sad: "悲伤", afraid: "害怕", disgusted: "厌恶", melancholic: "忧郁", surprised: "惊讶", calm: "平静",
    length: "时长", free: "自然", ratio: "倍率", seconds: "秒数", lengthHelpFree: "由情绪决定长短。",
    lengthHelpRatio: "自然时长的 {value} 倍", lengthHelpSeconds: "正好 {value} 秒结束", lengthValue: "时长数值",
    firstSound: "首音", ahead: "提前量", underruns: "断流", planned: "预计", target: "目标", off: "误差", samples: "个样本",
    end: "句尾", playhead: "从这里播放", endText: "{value} 秒", timeline: "时间轴",
    stopped: "{ms} 毫秒后停下，停在“{word}”。", stoppedBare: "{ms} 毫秒后停下。", finished: "完成：{s} 秒。", speaking: "正在朗读。",
    nearest: "已经来不及在那里结束，最近可到 {s} 秒。", exported: "已导出 {name}。", exporting: "正在生成第 {i} 句，共 {n} 句…",
    exportingMp3: "正在生成 MP3：已收到 {s} 秒…", exportFailed: "没有导出：{message}",
    brokenOff: "服务器中断了，或无法连接。",
    export: "导出", exportWav: "WAV，整部剧本", exportSrt: "SRT 字幕", exportLines: "WAV，逐句", exportMp3: "MP3，整部剧本", nothing: "还没有可以朗读的内容。",
    shortcuts: "快捷键", theme: "浅色或深色", language: "English",
    kSpeak: "朗读这一句", kStop: "立即停止（打断）", kPause: "暂停与继续", kAdd: "加一句", kMove: "上一句，下一句",
    kSeek: "在播放头上：后退，前进", kEnd: "在句尾上：提前，推后", kKeys: "显示快捷键",
    cloneTitle: "克隆声音", cloneHelp: "一个人 3 到 15 秒的说话声，靠近话筒，环境安静。",
    record: "录音", stopRecording: "停止", recording: "已录 {s} 秒", dropHere: "把录音拖到这里，或选择文件",
    noMicrophone: "录音需要 https 或在本机打开；仍可拖入文件。", microphoneRefused: "无法使用话筒：{message}",
    voiceName: "声音的名字", consent: "说话人同意制作并使用这个声音。", denoise: "去除稳定噪声",
    makeVoice: "制作声音", forceVoice: "仍然制作", making: "正在听这段录音…", made: "“{name}”可以说话了。",
    notAudio: "无法把这个文件当作声音读取。", verdict_good: "录音良好", verdict_doubtful: "录音存疑", verdict_unusable: "不可用",
    q_speech: "语音", q_snr: "高于噪声", q_clipped: "削波", q_rate: "采样率", q_loudness: "响度",
    tokenTitle: "此服务器需要令牌", tokenHelp: "只在本标签页保存。", token: "令牌", enter: "进入",
    more: "更多", seed: "随机种子", reading: "数字读作", auto: "按上下文", zh: "中文", en: "英文", codec: "声音格式", buffer: "起播缓冲", strict: "拒绝达不到的时长",
    plainPage: "没有 https，本页用较旧的接口播放。", failed: "这一句失败了：{message}",
    mouth: "口型", dubPage: "影片配音", scenePage: "场景",
  },
};

export const LANGUAGES = Object.keys(WORDS);

/** The first of a browser's languages that the page speaks; English if none. */
export function preferred(languages) {
  for (const language of languages) {
    const base = language.toLowerCase().split("-")[0];
    if (base in WORDS) return base;
  }
  return "en";
}

export class Words {
  constructor(language) {
    this.language = language in WORDS ? language : "en";
  }

  /** A sentence with its places filled. A key that is missing is an error of ours. */
  say(key, places = {}) {
    const sentence = WORDS[this.language][key];
    if (sentence === undefined) throw new Error(`no words for ${key}`);
    return sentence.replaceAll(/\{(\w+)\}/g, (_, name) => String(places[name]));
  }

  /** Fill a document: `data-i18n` is a text, `data-i18n-ATTRIBUTE` an attribute. */
  fill(root) {
    const attributes = { "data-i18n-label": "aria-label", "data-i18n-placeholder": "placeholder", "data-i18n-title": "title" };
    for (const node of root.querySelectorAll("[data-i18n]")) node.textContent = this.say(node.dataset.i18n);
    for (const [from, to] of Object.entries(attributes)) {
      for (const node of root.querySelectorAll(`[${from}]`)) node.setAttribute(to, this.say(node.getAttribute(from)));
    }
  }
}

/** Keys that one language has and another lacks. */
export function missing() {
  return LANGUAGES.flatMap((one) => Object.keys(WORDS[one]).filter((key) => LANGUAGES.some((two) => !(key in WORDS[two]))));
}
