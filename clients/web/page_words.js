// What the pages for dubbing and for scenes say, in English and Chinese, by the language of the browser.

import { preferred } from "./i18n.js";

const WORDS = {
  en: {
    aiLabel: "AI-generated", dubTitle: "Dub a film", sceneTitle: "Run a scene", studio: "Studio",
    drop: "Drop a film here, or choose one (MP4, MOV, MKV, WebM; up to 10 minutes).",
    sending: "Sending the film…", readingFilm: "Reading the film…", original: "The film", dubbed: "Dubbed",
    agreed: "Whoever speaks in the film agreed to it.",
    line: "Line", start: "Start", end: "End", who: "Who", text: "What is said", fit: "Fit", hear: "Hear", remove: "Remove",
    addLine: "Add a line", srt: "Load SRT", make: "Dub", exportFilm: "Save the film", failed: "It did not work: {message}",
    made: "Done in {s} s: {spoken} spoken, {unchanged} unchanged.", tokenHere: "The server wants its token: open the studio first, and type it there.",
    scene: "The scene, as JSON", run: "Run", stop: "Stop", clock: "Clock", finished: "The scene is over. Lost: {lost}.", waitingFor: "Cues", choices: "Choices", saveMix: "Save the mix",
    badJson: "This is not JSON: {message}",
    fit_fits: "fits", fit_extended: "into the gap", fit_early: "ends early", fit_fast: "fast", fit_video_stretched: "picture slowed", fit_too_long: "too long",
  },
  zh: {
    aiLabel: "AI生成", dubTitle: "为影片配音", sceneTitle: "运行场景", studio: "工作室",
    drop: "把影片拖到这里，或选择一个文件（MP4、MOV、MKV、WebM，最长 10 分钟）。",
    sending: "正在发送影片……", readingFilm: "正在读取影片……", original: "原片", dubbed: "配音后",
    agreed: "影片中说话的人同意这样配音。",
    line: "句", start: "开始", end: "结束", who: "角色", text: "台词", fit: "贴合", hear: "试听", remove: "删除",
    addLine: "加一句", srt: "载入 SRT", make: "配音", exportFilm: "保存影片", failed: "没有成功：{message}",
    made: "用时 {s} 秒：新说 {spoken} 句，未变 {unchanged} 句。", tokenHere: "服务器需要令牌：请先打开工作室并输入。",
    scene: "场景（JSON）", run: "运行", stop: "停止", clock: "时钟", finished: "场景结束。未能说出：{lost}。", waitingFor: "提示点", choices: "选择", saveMix: "保存混音",
    badJson: "这不是 JSON：{message}",
    fit_fits: "贴合", fit_extended: "延入空隙", fit_early: "提前结束", fit_fast: "偏快", fit_video_stretched: "画面放慢", fit_too_long: "太长",
  },
};

/** Keys that one language has and another has not. */
export function missing() {
  return Object.keys(WORDS.en).filter((key) => !(key in WORDS.zh)).concat(Object.keys(WORDS.zh).filter((key) => !(key in WORDS.en)));
}

/** `say("made", {s: 3})` in a language of the browser's. */
export function sayer(languages) {
  const words = WORDS[preferred(languages)];
  return (key, places = {}) => words[key].replaceAll(/\{(\w+)\}/g, (_, name) => String(places[name]));
}
