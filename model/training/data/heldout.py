"""The sixty sentences every figure of the model card is measured on, and sixteen others that settings are chosen on.

None of them is used in training. Natural lines of stream, game and drama, without digits; every English word is in CMUdict.
"""

from __future__ import annotations

HELDOUT_ZH: tuple[str, ...] = (
    "大家晚上好，欢迎来到我的直播间。",
    "你怎么现在才来？我们都等你半天了。",
    "小心背后，那个怪物还没有死！",
    "今天的天气真不错，适合出去走走。",
    "我不相信，他绝对不会做这种事。",
    "谢谢你送的礼物，我真的太开心了！",
    "前面就是城门，我们天黑之前必须进去。",
    "你到底想说什么？",
    "别怕，有我在，没有人能伤害你。",
    "这一局要是再输，我就去睡觉。",
    "她把信放在桌子上，一句话也没说就走了。",
    "快跑，他们追上来了！",
    "你有没有闻到一股奇怪的味道？",
    "师父，弟子知道错了。",
    "弹幕里有朋友问我中午吃了什么。",
    "等一下，我的耳机好像坏了。",
    "为什么每次受伤的总是我呢？",
    "村长说，山上住着一位白头发的老人。",
    "这把剑陪了我很多年，今天就交给你吧。",
    "哎呀，我又忘记带钥匙了。",
    "明天早上我们在车站门口见面，好不好？",
    "如果时间可以重来，我还是会选择你。",
    "听说这家店的牛肉面特别好吃。",
    "你赢了，可是你一点也不快乐。",
    "喜欢的话，记得点个关注再走。",
    "月亮出来了，湖面上像撒了一层银子。",
    "住手！你们没有权利带走他。",
    "我数到三，我们一起冲出去。",
    "昨天晚上的比赛你看了吗？",
    "放心吧，这件事我会帮你保密的。",
)

HELDOUT_EN: tuple[str, ...] = (
    "Welcome back everyone, it is so good to see you tonight.",
    "Did you hear that noise behind the door?",
    "Watch out, the dragon is still alive!",
    "I never thought we would make it this far.",
    "Please leave the key under the mat when you go.",
    "What are you going to do with all that gold?",
    "Thank you so much for the gift, you made my day!",
    "The old bridge will not hold all of us.",
    "He smiled, but there was no joy in his eyes.",
    "Give me one good reason to trust you.",
    "We should rest here until the rain stops.",
    "Why does this always happen on the last level?",
    "Nobody told me that the meeting was moved.",
    "Run, and whatever you hear, do not look back!",
    "My brother makes the best soup in town.",
    "Could you turn the music down a little?",
    "She opened the letter slowly and began to read.",
    "That was the luckiest shot I have ever seen!",
    "The train to the city leaves before sunrise.",
    "Are you sure this is the right way?",
    "I will be right back after a short break.",
    "You saved my life, and I will not forget it.",
    "Every night the same dream comes to me.",
    "Drop your weapon and step into the light!",
    "It is cold outside, so take your coat.",
    "Who left the window open again?",
    "Let us try a different plan this time.",
    "The captain has not slept for days.",
    "If you like the show, tell your friends about it.",
    "How long have you been waiting for me?",
)

DEVELOPMENT_ZH: tuple[str, ...] = (
    "灯一关，整个房间就安静下来了。",
    "你先别急，让我把话说完。",
    "感谢各位的陪伴，我们下周同一时间再见。",
    "桥对面好像有人在叫我们。",
    "这道菜是我妈妈教我做的。",
    "队长，东边的围墙被打开了！",
    "原来你早就知道我是谁。",
    "雨下得越来越大，我们还是回家吧。",
)

DEVELOPMENT_EN: tuple[str, ...] = (
    "Put the lamp down and step away from the window.",
    "Nobody told me the party was tonight.",
    "Hold on, my friend is calling me again.",
    "There is an old bridge behind the mill.",
    "Thank you all for staying up so late tonight!",
    "Did you really believe every word he said?",
    "The captain wants two guards at the gate.",
    "We can try once more, but then I need a break.",
)
