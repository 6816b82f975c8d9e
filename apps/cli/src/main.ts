console.log('yak')
